// SPDX-License-Identifier: Apache-2.0
//
// The values of Kafka: a record, where it stands, and how a client finds its brokers. All are plain, copyable and
// comparable; nothing here talks to anybody.
//
//   Record record{.topic = "orders", .key = "o-17", .value = payload, .headers = {{"ce_type", "order.placed"}}};
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/error.h"

namespace skerry::kafka {

/// A partition by name, as it is keyed everywhere.
struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// "orders[3]", for messages.
std::string to_string(const TopicPartition& partition);

/// A position in a partition. As a committed offset it is the offset of the next record to read: one more than that of
/// the last record that is done.
struct PartitionOffset {
  TopicPartition partition;
  std::int64_t offset = 0;
  friend bool operator==(const PartitionOffset&, const PartitionOffset&) = default;
};

/// One header of a record. Names may repeat. A null value, which Kafka allows, reads as empty.
struct Header {
  std::string name;
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};

/// Milliseconds since 1970, UTC: the resolution of Kafka's timestamps.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// One record, to send or received.
struct Record {
  std::string topic;
  /// To send: the partition; absent lets the key decide (murmur2, as Java's clients do), and without a key a random one
  /// that changes with each batch. Received: always set.
  std::optional<std::int32_t> partition = {};
  /// Received: its place in the partition. Ignored when it is sent.
  std::int64_t offset = -1;
  /// Absent and empty are different things in Kafka: an absent value deletes the key from a compacted topic.
  std::optional<std::string> key = {};
  std::optional<std::string> value = {};
  std::vector<Header> headers = {};
  /// To send: when it happened, the epoch means now. Received: that, or when the broker stored it, as the topic is
  /// configured.
  Timestamp timestamp = {};

  /// Where a received record stands.
  TopicPartition where() const { return {topic, partition.value_or(0)}; }
  /// The value of the last header with this name, or null. Valid as long as the record.
  const std::string* header(std::string_view name) const;
  /// The bytes that count for limits: key, value and headers.
  std::size_t size_bytes() const;

  friend bool operator==(const Record&, const Record&) = default;
};

/// Which brokers, and as whom.
struct ConnectionOptions {
  /// host:port, several separated by commas: some of the brokers; the others are learned from them.
  std::string brokers = "127.0.0.1:9092";
  /// The name in the brokers' logs and metrics.
  std::string client_id = "skerry";
  /// Any further property of librdkafka by its own name, such as security.protocol or sasl.password. They win over what
  /// this library sets, but for those that its guarantees rest on, which are refused with INVALID_ARGUMENT.
  std::map<std::string, std::string> properties = {};

  friend bool operator==(const ConnectionOptions&, const ConnectionOptions&) = default;
};

/// How a client and its brokers get on.
struct ConnectionState {
  /// A connection to at least one broker is open and usable.
  bool connected = false;
  /// What went wrong last with a connection, also when it works again.
  std::optional<Error> last_error = {};
};

}  // namespace skerry::kafka
