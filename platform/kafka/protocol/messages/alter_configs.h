// SPDX-License-Identifier: Apache-2.0
//
// AlterConfigs sets all settings of a resource, IncrementalAlterConfigs some of them (KIP-339).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"
#include "platform/kafka/protocol/messages/describe_configs.h"

namespace skerry::platform::kafka::protocol {

enum class ConfigOperation : std::int8_t { kSet = 0, kDelete = 1, kAppend = 2, kSubtract = 3 };

struct AlterConfigsRequest {
  static constexpr ApiKey kKey = ApiKey::kAlterConfigs;

  struct Config {
    std::string name;
    std::optional<std::string> value;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.value);
    }
    friend bool operator==(const Config&, const Config&) = default;
  };

  struct Resource {
    ResourceType type = ResourceType::kTopic;
    std::string name;
    std::vector<Config> configs;

    void fields(this auto& self, auto& visit) {
      visit(self.type);
      visit(self.name);
      visit(self.configs);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  std::vector<Resource> resources;
  bool validate_only = false;

  void fields(this auto& self, auto& visit) {
    visit(self.resources);
    visit(self.validate_only);
  }
  friend bool operator==(const AlterConfigsRequest&, const AlterConfigsRequest&) = default;
};

struct AlterConfigsResponse {
  static constexpr ApiKey kKey = ApiKey::kAlterConfigs;

  struct Resource {
    ErrorCode error_code = ErrorCode::kNone;
    std::optional<std::string> error_message;
    ResourceType type = ResourceType::kTopic;
    std::string name;

    void fields(this auto& self, auto& visit) {
      visit(self.error_code);
      visit(self.error_message);
      visit(self.type);
      visit(self.name);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Resource> resources;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time);
    visit(self.resources);
  }
  friend bool operator==(const AlterConfigsResponse&, const AlterConfigsResponse&) = default;
};

struct IncrementalAlterConfigsRequest {
  static constexpr ApiKey kKey = ApiKey::kIncrementalAlterConfigs;

  struct Config {
    std::string name;
    ConfigOperation operation = ConfigOperation::kSet;
    std::optional<std::string> value;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.operation);
      visit(self.value);
    }
    friend bool operator==(const Config&, const Config&) = default;
  };

  struct Resource {
    ResourceType type = ResourceType::kTopic;
    std::string name;
    std::vector<Config> configs;

    void fields(this auto& self, auto& visit) {
      visit(self.type);
      visit(self.name);
      visit(self.configs);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  std::vector<Resource> resources;
  bool validate_only = false;

  void fields(this auto& self, auto& visit) {
    visit(self.resources);
    visit(self.validate_only);
  }
  friend bool operator==(const IncrementalAlterConfigsRequest&, const IncrementalAlterConfigsRequest&) = default;
};

struct IncrementalAlterConfigsResponse {
  static constexpr ApiKey kKey = ApiKey::kIncrementalAlterConfigs;

  struct Resource {
    ErrorCode error_code = ErrorCode::kNone;
    std::optional<std::string> error_message;
    ResourceType type = ResourceType::kTopic;
    std::string name;

    void fields(this auto& self, auto& visit) {
      visit(self.error_code);
      visit(self.error_message);
      visit(self.type);
      visit(self.name);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Resource> resources;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time);
    visit(self.resources);
  }
  friend bool operator==(const IncrementalAlterConfigsResponse&, const IncrementalAlterConfigsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
