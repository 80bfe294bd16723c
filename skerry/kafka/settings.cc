// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/settings.h"

#include <utility>

namespace skerry::kafka::internal {

Settings::Settings(const ConnectionOptions& connection) : overrides_(connection.properties) {
  fix("bootstrap.servers", connection.brokers);
  fix("client.id", connection.client_id);
  // Logs wait on the queue of events, so that no thread of the library calls anything here.
  fix("log.queue", "true");
  // Small requests must not wait for the answer to the one before.
  set("socket.nagle.disable", "true");
  // A broker that hangs is left after this, and one that is down tried again after pauses of at most a second.
  set("socket.timeout.ms", "10000");
  set("socket.connection.setup.timeout.ms", "5000");
  set("reconnect.backoff.ms", "50");
  set("reconnect.backoff.max.ms", "1000");
  // A topic or partition that is made later is seen after this.
  set("topic.metadata.refresh.interval.ms", "5000");
  set("topic.metadata.propagation.max.ms", "5000");
}

void Settings::fix(const std::string& name, std::string value) {
  fixed_.insert(name);
  values_[name] = std::move(value);
}

Result<std::map<std::string, std::string>> Settings::merged() const {
  std::map<std::string, std::string> merged = values_;
  for (const auto& [name, value] : overrides_) {
    if (fixed_.contains(name)) {
      return fail(
          Error::invalid_argument("the property {} cannot be set: use the option for it, if there is one", name));
    }
    merged[name] = value;
  }
  return merged;
}

Result<> check_range(std::string_view option, std::int64_t value, std::int64_t low, std::int64_t high) {
  if (value >= low && value <= high) return {};
  return fail(Error::invalid_argument("{} is {}: it must be between {} and {}", option, value, low, high));
}

}  // namespace skerry::kafka::internal
