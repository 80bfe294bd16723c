// SPDX-License-Identifier: Apache-2.0
//
// Broker: what the handlers of all requests share: the log, the groups, the settings and the metrics. It is one node:
// it leads every partition and coordinates every group. The one thing to know: handlers run on every worker at once,
// and whatever they share is safe for that.
//
//   Broker broker(store, groups, {.auto_create_topics = true}, "cluster-id", metrics);
//   MetadataResponse response = co_await handle(broker, caller, MetadataRequest());
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "platform/kafka/broker/broker_metrics.h"
#include "platform/kafka/group/group_coordinator.h"
#include "platform/kafka/log/log_store.h"
#include "skerry/net/address.h"

namespace skerry::platform::kafka {

inline constexpr std::int32_t kNodeId = 1;
/// What one answer to Fetch carries at most, whatever is asked for, beyond its first batch (Kafka's fetch.max.bytes of
/// a broker).
inline constexpr std::int64_t kMaxFetchBytes = 55 * 1024 * 1024;
/// The longest wait of a Fetch, whatever is asked for: its connection is looked at again then.
inline constexpr std::chrono::minutes kMaxFetchWait{5};
/// Partitions that one CreateTopics or CreatePartitions may ask for in a topic.
inline constexpr std::int32_t kMaxPartitionsPerTopic = 10'000;

struct BrokerOptions {
  /// Of topics made on demand, or by CreateTopics without a number.
  std::int32_t default_partitions = 1;
  /// A topic that is asked for by name or written to comes into being.
  bool auto_create_topics = true;
  /// Where clients are told to connect. None: the address that the asking client has connected to.
  std::optional<net::HostPort> advertise = std::nullopt;
  log::TopicDefaults topic_defaults = {};
};

struct Broker {
  /// All outlive the broker.
  log::LogStore& store;
  GroupCoordinator& groups;
  const BrokerOptions options;
  const std::string cluster_id;
  BrokerMetrics& metrics;
};

/// Who asks, and in which version.
struct Caller {
  std::int16_t version = 0;
  std::string client_id;
  /// The client's IP address.
  std::string client_host;
  /// The address that the client has connected to.
  net::HostPort local;
};

/// Where the caller finds this broker.
inline net::HostPort advertised(const Broker& broker, const Caller& caller) {
  return broker.options.advertise.value_or(caller.local);
}

/// The topic; made when it is not there and may be made on demand. Errors: those of LogStore::create_topic,
/// UNKNOWN_TOPIC_OR_PARTITION.
Task<log::Topic> find_or_create_topic(Broker& broker, std::string name);

}  // namespace skerry::platform::kafka
