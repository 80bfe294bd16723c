// SPDX-License-Identifier: Apache-2.0
//
// CreateTopics.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct CreateTopicsRequest {
  static constexpr ApiKey kKey = ApiKey::kCreateTopics;

  struct Assignment {
    std::int32_t partition_index = 0;
    std::vector<std::int32_t> broker_ids;

    void fields(this auto& self, auto& visit) {
      visit(self.partition_index);
      visit(self.broker_ids);
    }
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };

  struct Config {
    std::string name;
    std::optional<std::string> value;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.value);
    }
    friend bool operator==(const Config&, const Config&) = default;
  };

  struct Topic {
    std::string name;
    /// -1 for the broker's default; so is the replication factor.
    std::int32_t partitions = -1;
    std::int16_t replication_factor = -1;
    std::vector<Assignment> assignments;
    std::vector<Config> configs;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.partitions);
      visit(self.replication_factor);
      visit(self.assignments);
      visit(self.configs);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  std::vector<Topic> topics;
  Milliseconds timeout = Milliseconds(0);
  bool validate_only = false;

  void fields(this auto& self, auto& visit) {
    visit(self.topics);
    visit(self.timeout);
    visit(self.validate_only, since(1));
  }
  friend bool operator==(const CreateTopicsRequest&, const CreateTopicsRequest&) = default;
};

struct CreateTopicsResponse {
  static constexpr ApiKey kKey = ApiKey::kCreateTopics;

  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    std::int8_t source = -1;
    bool is_sensitive = false;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.value);
      visit(self.read_only);
      visit(self.source);
      visit(self.is_sensitive);
    }
    friend bool operator==(const Config&, const Config&) = default;
  };

  struct Topic {
    std::string name;
    Uuid topic_id = {};
    ErrorCode error_code = ErrorCode::kNone;
    std::optional<std::string> error_message;
    std::int32_t partitions = -1;
    std::int16_t replication_factor = -1;
    std::optional<std::vector<Config>> configs;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.topic_id, since(7));
      visit(self.error_code);
      visit(self.error_message, since(1));
      visit(self.partitions, since(5));
      visit(self.replication_factor, since(5));
      visit(self.configs, since(5));
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(2));
    visit(self.topics);
  }
  friend bool operator==(const CreateTopicsResponse&, const CreateTopicsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
