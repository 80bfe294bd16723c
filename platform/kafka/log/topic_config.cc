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
constexpr std::int64_t kAnyInt = std::numeric_limits<std::int32_t>::max();
constexpr std::array kNumberConfigs = {
    NumberConfig{kRetention, -1, kAnyNumber, Type::kLong},
    NumberConfig{kRetentionBytes, -1, kAnyNumber, Type::kLong},
    NumberConfig{kMaxMessageBytes, 0, kMaxBatchBytes, Type::kInt},
};

// Of Kafka's files and compaction: they change nothing here.
struct KeptConfig {
  NumberConfig allowed;
  std::string_view value;  // Kafka's default
};
constexpr std::string_view kLongest = "9223372036854775807";
constexpr std::array kKeptConfigs = {
    KeptConfig{{"compression.gzip.level", -1, 9, Type::kInt}, "-1"},
    KeptConfig{{"compression.lz4.level", 1, 17, Type::kInt}, "9"},
    KeptConfig{{"compression.zstd.level", -131072, 22, Type::kInt}, "3"},
    KeptConfig{{"delete.retention.ms", 0, kAnyNumber, Type::kLong}, "86400000"},
    KeptConfig{{"file.delete.delay.ms", 0, kAnyNumber, Type::kLong}, "60000"},
    KeptConfig{{"flush.messages", 1, kAnyNumber, Type::kLong}, kLongest},
    KeptConfig{{"flush.ms", 0, kAnyNumber, Type::kLong}, kLongest},
    KeptConfig{{"index.interval.bytes", 0, kAnyInt, Type::kInt}, "4096"},
    KeptConfig{{"max.compaction.lag.ms", 1, kAnyNumber, Type::kLong}, kLongest},
    KeptConfig{{"message.downconversion.enable", 0, 0, Type::kBoolean}, "true"},
    KeptConfig{{"message.timestamp.after.max.ms", 0, kAnyNumber, Type::kLong}, kLongest},
    KeptConfig{{"message.timestamp.before.max.ms", 0, kAnyNumber, Type::kLong}, kLongest},
    KeptConfig{{"message.timestamp.difference.max.ms", 0, kAnyNumber, Type::kLong}, kLongest},
    KeptConfig{{"min.cleanable.dirty.ratio", 0, 1, Type::kDouble}, "0.5"},
    KeptConfig{{"min.compaction.lag.ms", 0, kAnyNumber, Type::kLong}, "0"},
    KeptConfig{{"preallocate", 0, 0, Type::kBoolean}, "false"},
    KeptConfig{{"segment.bytes", 14, kAnyInt, Type::kInt}, "1073741824"},
    KeptConfig{{"segment.index.bytes", 4, kAnyInt, Type::kInt}, "10485760"},
    KeptConfig{{"segment.jitter.ms", 0, kAnyNumber, Type::kLong}, "0"},
    KeptConfig{{"segment.ms", 1, kAnyNumber, Type::kLong}, "604800000"},
    KeptConfig{{"unclean.leader.election.enable", 0, 0, Type::kBoolean}, "false"},
};

template <class Number = std::int64_t>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

Error invalid(std::string message) { return make_kafka_error(ErrorCode::kInvalidConfig, std::move(message)); }

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

Result<> check_number(const NumberConfig& allowed, std::string_view value) {
  const auto number = parse_number(value);
  if (number && *number >= allowed.least && *number <= allowed.most) return {};
  return fail(
      invalid(fmt::format("{}={} is not a number from {} to {}", allowed.name, value, allowed.least, allowed.most)));
}

Result<> check_kept(const NumberConfig& allowed, std::string_view value) {
  if (allowed.type == Type::kBoolean) {
    if (value == "true" || value == "false") return {};
    return fail(invalid(fmt::format("{}={} is neither true nor false", allowed.name, value)));
  }
  if (allowed.type != Type::kDouble) return check_number(allowed, value);
  const auto number = parse_number<double>(value);
  if (number && *number >= static_cast<double>(allowed.least) && *number <= static_cast<double>(allowed.most))
    return {};
  return fail(
      invalid(fmt::format("{}={} is not a number from {} to {}", allowed.name, value, allowed.least, allowed.most)));
}

Result<> parse_one(const std::string& name, const std::string& value, EffectiveConfig& config) {
  if (auto fixed = std::ranges::find(kFixedConfigs, name, &FixedConfig::name); fixed != kFixedConfigs.end()) {
    if (value == fixed->value) return {};
    return fail(invalid(fmt::format("{}={} is not supported; the one value is {}", name, value, fixed->value)));
  }
  const auto name_of = [](const KeptConfig& kept) { return kept.allowed.name; };
  if (auto kept = std::ranges::find(kKeptConfigs, name, name_of); kept != kKeptConfigs.end())
    return check_kept(kept->allowed, value);
  const auto known = std::ranges::find(kNumberConfigs, name, &NumberConfig::name);
  if (known == kNumberConfigs.end()) return fail(invalid(fmt::format("there is no topic configuration {}", name)));
  if (auto checked = check_number(*known, value); !checked) return checked;
  apply(config, name, *parse_number(value));
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
  const auto add = [&](std::string_view name, std::string_view value, Type type) {
    const auto set = configs.find(std::string(name));
    const bool is_default = set == configs.end();
    entries.push_back({std::string(name), is_default ? std::string(value) : set->second, is_default, type});
  };
  for (const FixedConfig& fixed : kFixedConfigs) add(fixed.name, fixed.value, fixed.type);
  for (const KeptConfig& kept : kKeptConfigs) add(kept.allowed.name, kept.value, kept.allowed.type);
  for (const NumberConfig& number : kNumberConfigs)
    add(number.name, std::to_string(number_of(fallback, number.name)), number.type);
  std::ranges::sort(entries, {}, &ConfigEntry::name);
  return entries;
}

}  // namespace skerry::platform::kafka::log
