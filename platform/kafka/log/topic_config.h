// SPDX-License-Identifier: Apache-2.0
//
// The configurations of a topic, by Kafka's names. Three of them do something: retention.ms, retention.bytes and
// max.message.bytes. Some have the one value that describes what this store does, such as cleanup.policy "delete", and
// are accepted with it. The rest of Kafka's tells how its brokers lay out their files: any value that Kafka would take
// is kept and shown, since scripts and tools set them, and changes nothing here.
//
//   for (const ConfigEntry& entry : describe_configs(topic.configs, options.defaults)) ...
//   Result<EffectiveConfig> config = parse_configs({{"retention.ms", "60000"}}, options.defaults);
//
// Source: "Topic Configs" of the Kafka documentation, https://kafka.apache.org/documentation/#topicconfigs. Pure.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/kafka/log/log_options.h"
#include "platform/kafka/log/types.h"
#include "skerry/base/result.h"

namespace skerry::platform::kafka::log {

/// What applies to a topic.
struct EffectiveConfig {
  std::chrono::milliseconds retention{};  // negative: for ever
  std::int64_t retention_bytes = -1;      // negative: any
  std::int32_t max_message_bytes = 0;
  friend bool operator==(const EffectiveConfig&, const EffectiveConfig&) = default;
};

/// Errors: kInvalidConfig for a name that is not known or a value that is out of range or not supported, naming both
/// and what would do.
Result<EffectiveConfig> parse_configs(const TopicConfigs& configs, const TopicDefaults& defaults);

struct ConfigEntry {
  /// Kafka's numbers for the type in DescribeConfigs.
  enum class Type : std::int8_t { kBoolean = 1, kString = 2, kInt = 3, kLong = 5, kDouble = 6, kList = 7 };
  std::string name;
  std::string value;
  bool is_default = true;
  Type type = Type::kString;
  friend bool operator==(const ConfigEntry&, const ConfigEntry&) = default;
};

/// Every configuration there is, by name, with the value that applies. Precondition: parse_configs accepts `configs`.
std::vector<ConfigEntry> describe_configs(const TopicConfigs& configs, const TopicDefaults& defaults);

}  // namespace skerry::platform::kafka::log
