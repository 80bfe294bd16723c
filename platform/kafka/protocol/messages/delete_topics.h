// SPDX-License-Identifier: Apache-2.0
//
// DeleteTopics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct DeleteTopicsRequest {
  static constexpr ApiKey kKey = ApiKey::kDeleteTopics;

  std::vector<std::string> names;
  Milliseconds timeout = Milliseconds(0);

  void fields(this auto& self, auto& visit) {
    visit(self.names);
    visit(self.timeout);
  }
  friend bool operator==(const DeleteTopicsRequest&, const DeleteTopicsRequest&) = default;
};

struct DeleteTopicsResponse {
  static constexpr ApiKey kKey = ApiKey::kDeleteTopics;

  struct Topic {
    std::string name;
    ErrorCode error_code = ErrorCode::kNone;
    std::optional<std::string> error_message;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.error_code);
      visit(self.error_message, since(5));
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.topics);
  }
  friend bool operator==(const DeleteTopicsResponse&, const DeleteTopicsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
