// SPDX-License-Identifier: Apache-2.0
//
// The part of ClientOptions that a connection needs. Internal to http/.
#pragma once

#include <chrono>
#include <cstddef>

#include "skerry/http/http1_limits.h"
#include "skerry/http/http2_options.h"

namespace skerry::http::internal {

struct ClientSettings {
  Http1Limits http1;
  Http2Options http2;
  /// For the server's first words.
  std::chrono::milliseconds connect_timeout{0};
  std::chrono::milliseconds idle_timeout{0};
  std::chrono::milliseconds keepalive_interval{0};
  std::chrono::milliseconds keepalive_timeout{0};
  std::size_t write_buffer_bytes = 0;
};

}  // namespace skerry::http::internal
