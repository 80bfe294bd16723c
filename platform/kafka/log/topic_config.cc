// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/topic_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

#include "platform/kafka/log/errors.h"

namespace skerry::platform::kafka::log {
namespace {

using Type = ConfigEntry::Type;

constexpr std::string_view kRetention = "retention.ms";
constexpr std::string_view kRetentionBytes = "retention.bytes";
constexpr std::string_view kMaxMessageBytes = "max.message.bytes";

struct FixedConfig {
  std::string_view name;
  std::string_view value;
  Type type;
};

// What this store does and cannot be told to do otherwise.
constexpr std::array kFixedConfigs = {
    FixedConfig{"cleanup.policy", "delete", Type::kList},
    FixedConfig{"compression.type", "producer", Type::kString},
    FixedConfig{"message.timestamp.type", "CreateTime", Type::kString},
    FixedConfig{"min.insync.replicas", "1", Type::kInt},
};

struct NumberConfig {
  std::string_view name;
  std::int64_t least;
  std::int64_t most;
  Type type;
};

constexpr std::int64_t kAnyNumber = std::numeric_limits<std::int64_t>::max();
constexpr std::array kNumberConfigs = {
    NumberConfig{kRetention, -1, kAnyNumber, Type::kLong},
    NumberConfig{kRetentionBytes, -1, kAnyNumber, Type::kLong},
    NumberConfig{kMaxMessageBytes, 0, kMaxBatchBytes, Type::kInt},
};

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

Error invalid(std::string message) { return make_error(LogError::kInvalidConfig, std::move(message)); }

void apply(EffectiveConfig& config, std::string_view name, std::int64_t value) {
  if (name == kRetention) config.retention = std::chrono::milliseconds(value);
  if (name == kRetentionBytes) config.retention_bytes = value;
  if (name == kMaxMessageBytes) config.max_message_bytes = static_cast<std::int32_t>(value);
}

std::int64_t number_of(const EffectiveConfig& config, std::string_view name) {
  if (name == kRetention) return config.retention.count();
  if (name == kRetentionBytes) return config.retention_bytes;
  return config.max_message_bytes;
}

Result<> parse_one(const std::string& name, const std::string& value, EffectiveConfig& config) {
  if (auto fixed = std::ranges::find(kFixedConfigs, name, &FixedConfig::name); fixed != kFixedConfigs.end()) {
    if (value == fixed->value) return {};
    return fail(invalid(fmt::format("{}={} is not supported; the one value is {}", name, value, fixed->value)));
  }
  const auto known = std::ranges::find(kNumberConfigs, name, &NumberConfig::name);
  if (known == kNumberConfigs.end()) return fail(invalid(fmt::format("there is no topic configuration {}", name)));
  const auto number = parse_number(value);
  if (!number || *number < known->least || *number > known->most)
    return fail(invalid(fmt::format("{}={} is not a number from {} to {}", name, value, known->least, known->most)));
  apply(config, name, *number);
  return {};
}

EffectiveConfig effective_defaults(const TopicDefaults& defaults) {
  return {.retention = defaults.retention,
          .retention_bytes = defaults.retention_bytes,
          .max_message_bytes = defaults.max_message_bytes};
}

}  // namespace

Result<EffectiveConfig> parse_configs(const TopicConfigs& configs, const TopicDefaults& defaults) {
  EffectiveConfig config = effective_defaults(defaults);
  for (const auto& [name, value] : configs)
    if (auto parsed = parse_one(name, value, config); !parsed) return fail(std::move(parsed));
  return config;
}

std::vector<ConfigEntry> describe_configs(const TopicConfigs& configs, const TopicDefaults& defaults) {
  std::vector<ConfigEntry> entries;
  const EffectiveConfig fallback = effective_defaults(defaults);
  const auto add = [&](std::string_view name, std::string value, Type type) {
    const auto set = configs.find(std::string(name));
    const bool is_default = set == configs.end();
    entries.push_back({std::string(name), is_default ? std::move(value) : set->second, is_default, type});
  };
  for (const FixedConfig& fixed : kFixedConfigs) add(fixed.name, std::string(fixed.value), fixed.type);
  for (const NumberConfig& number : kNumberConfigs)
    add(number.name, std::to_string(number_of(fallback, number.name)), number.type);
  std::ranges::sort(entries, {}, &ConfigEntry::name);
  return entries;
}

}  // namespace skerry::platform::kafka::log
