// SPDX-License-Identifier: Apache-2.0
//
// CreatePartitions: a topic gets more of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct CreatePartitionsRequest {
  static constexpr ApiKey kKey = ApiKey::kCreatePartitions;

  struct Assignment {
    std::vector<std::int32_t> broker_ids;

    void fields(this auto& self, auto& visit) { visit(self.broker_ids); }
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };

  struct Topic {
    std::string name;
    /// How many there are to be in all.
    std::int32_t count = 0;
    std::optional<std::vector<Assignment>> assignments;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.count);
      visit(self.assignments);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::vector<Topic> topics;
  Milliseconds timeout = Milliseconds(0);
  bool validate_only = false;

  void fields(this auto& self, auto& visit) {
    visit(self.topics);
    visit(self.timeout);
    visit(self.validate_only);
  }
  friend bool operator==(const CreatePartitionsRequest&, const CreatePartitionsRequest&) = default;
};

struct CreatePartitionsResponse {
  static constexpr ApiKey kKey = ApiKey::kCreatePartitions;

  struct Topic {
    std::string name;
    ErrorCode error_code = ErrorCode::kNone;
    std::optional<std::string> error_message;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.error_code);
      visit(self.error_message);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time);
    visit(self.topics);
  }
  friend bool operator==(const CreatePartitionsResponse&, const CreatePartitionsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
