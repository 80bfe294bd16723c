// SPDX-License-Identifier: Apache-2.0
//
// Settings: the properties of one librdkafka client: what this library fixes because its guarantees rest on it, what it
// sets by default, and what the user overrides. Internal to kafka/.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "skerry/base/result.h"
#include "skerry/kafka/record.h"

namespace skerry::kafka::internal {

class Settings {
 public:
  /// What all clients have in common.
  explicit Settings(const ConnectionOptions& connection);

  /// A property that the user must not override.
  void fix(const std::string& name, std::string value);
  void fix(const std::string& name, std::int64_t value) { fix(name, std::to_string(value)); }
  void fix(const std::string& name, std::chrono::milliseconds value) { fix(name, value.count()); }
  /// A property that the user may override.
  void set(const std::string& name, std::string value) { values_[name] = std::move(value); }

  /// All of them with the user's on top. INVALID_ARGUMENT when those contain a fixed one.
  Result<std::map<std::string, std::string>> merged() const;

 private:
  std::map<std::string, std::string> values_;
  std::set<std::string, std::less<>> fixed_;
  std::map<std::string, std::string> overrides_;
};

/// INVALID_ARGUMENT unless low <= value <= high.
Result<> check_range(std::string_view option, std::int64_t value, std::int64_t low, std::int64_t high);

}  // namespace skerry::kafka::internal
