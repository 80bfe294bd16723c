// SPDX-License-Identifier: Apache-2.0
//
// DescribeConfigs: settings of topics and of the broker, each with where its value comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

/// What a configuration belongs to.
enum class ResourceType : std::int8_t { kTopic = 2, kBroker = 4 };

enum class ConfigSource : std::int8_t { kTopic = 1, kStaticBroker = 4, kDefault = 5 };
enum class ConfigType : std::int8_t { kUnknown = 0, kBoolean = 1, kString = 2, kInt = 3, kLong = 5, kList = 7 };

struct DescribeConfigsRequest {
  static constexpr ApiKey kKey = ApiKey::kDescribeConfigs;

  struct Resource {
    ResourceType type = ResourceType::kTopic;
    std::string name;
    /// Null for all.
    std::optional<std::vector<std::string>> keys;

    void fields(this auto& self, auto& visit) {
      visit(self.type);
      visit(self.name);
      visit(self.keys);
    }
    friend bool operator==(const Resource&, const Resource&) = default;
  };

  std::vector<Resource> resources;
  bool include_synonyms = false;
  bool include_documentation = false;

  void fields(this auto& self, auto& visit) {
    visit(self.resources);
    visit(self.include_synonyms, since(1));
    visit(self.include_documentation, since(3));
  }
  friend bool operator==(const DescribeConfigsRequest&, const DescribeConfigsRequest&) = default;
};

struct DescribeConfigsResponse {
  static constexpr ApiKey kKey = ApiKey::kDescribeConfigs;

  struct Synonym {
    std::string name;
    std::optional<std::string> value;
    ConfigSource source = ConfigSource::kDefault;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.value);
      visit(self.source);
    }
    friend bool operator==(const Synonym&, const Synonym&) = default;
  };

  struct Config {
    std::string name;
    std::optional<std::string> value;
    bool read_only = false;
    bool is_default = false;
    ConfigSource source = ConfigSource::kDefault;
    bool is_sensitive = false;
    std::vector<Synonym> synonyms;
    ConfigType type = ConfigType::kUnknown;
    std::optional<std::string> documentation;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.value);
      visit(self.read_only);
      visit(self.is_default, until(0));
      visit(self.source, since(1));
      visit(self.is_sensitive);
      visit(self.synonyms, since(1));
      visit(self.type, since(3));
      visit(self.documentation, since(3));
    }
    friend bool operator==(const Config&, const Config&) = default;
  };

  struct Result {
    ErrorCode error_code = ErrorCode::kNone;
    std::optional<std::string> error_message;
    ResourceType type = ResourceType::kTopic;
    std::string name;
    std::vector<Config> configs;

    void fields(this auto& self, auto& visit) {
      visit(self.error_code);
      visit(self.error_message);
      visit(self.type);
      visit(self.name);
      visit(self.configs);
    }
    friend bool operator==(const Result&, const Result&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Result> results;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time);
    visit(self.results);
  }
  friend bool operator==(const DescribeConfigsResponse&, const DescribeConfigsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
