// SPDX-License-Identifier: Apache-2.0
//
// OTLP over HTTP with binary protobuf (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
#pragma once

#include <memory>

#include "skerry/otlp/endpoint.h"
#include "skerry/otlp/transport.h"

namespace skerry::otlp {

/// What a collector may answer at most.
inline constexpr std::size_t kMaxResponseBytes = 256 * 1024;

std::unique_ptr<Transport> make_http_transport(Endpoint endpoint);

}  // namespace skerry::otlp
