// SPDX-License-Identifier: Apache-2.0
//
// ApiVersions: what a client asks first. Its answer has the oldest header in every version (KIP-511).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct ApiVersionsRequest {
  static constexpr ApiKey kKey = ApiKey::kApiVersions;

  std::string client_software_name;
  std::string client_software_version;

  void fields(this auto& self, auto& visit) {
    visit(self.client_software_name, since(3));
    visit(self.client_software_version, since(3));
  }
  friend bool operator==(const ApiVersionsRequest&, const ApiVersionsRequest&) = default;
};

struct ApiVersionsResponse {
  static constexpr ApiKey kKey = ApiKey::kApiVersions;

  struct Range {
    std::int16_t key = 0;
    std::int16_t first_version = 0;
    std::int16_t last_version = 0;

    void fields(this auto& self, auto& visit) {
      visit(self.key);
      visit(self.first_version);
      visit(self.last_version);
    }
    friend bool operator==(const Range&, const Range&) = default;
  };

  ErrorCode error_code = ErrorCode::kNone;
  std::vector<Range> ranges;
  Milliseconds throttle_time = Milliseconds(0);

  void fields(this auto& self, auto& visit) {
    visit(self.error_code);
    visit(self.ranges);
    visit(self.throttle_time, since(1));
  }
  friend bool operator==(const ApiVersionsResponse&, const ApiVersionsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
