// SPDX-License-Identifier: Apache-2.0
//
// The values that go into and come out of the log store. All are plain, copyable and comparable.
//
//   TopicPartition partition{"orders", 3};
//   Batch batch{.producer_id = 7, .producer_epoch = 0, .base_sequence = 0, .last_offset_delta = 9,
//               .max_timestamp = now, .bytes = std::move(record_batch)};
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace skerry::platform::kafka::log {

/// Milliseconds since 1970 UTC, as records carry them.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
inline std::int64_t to_milliseconds(Timestamp time) { return time.time_since_epoch().count(); }
inline Timestamp from_milliseconds(std::int64_t milliseconds) {
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

using Offset = std::int64_t;
using ProducerId = std::int64_t;
/// Never used twice, so that a topic made again under an old name is another topic.
using TopicId = std::uint64_t;

inline constexpr ProducerId kNoProducerId = -1;
/// There is one node, so no leader was ever replaced.
inline constexpr std::int32_t kLeaderEpoch = 0;

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// A partition as the log names it.
struct PartitionKey {
  TopicId topic = 0;
  std::int32_t partition = 0;
  friend auto operator<=>(const PartitionKey&, const PartitionKey&) = default;
};

struct PartitionKeyHash {
  std::size_t operator()(const PartitionKey& key) const {
    return std::hash<std::uint64_t>()(key.topic * 0x9e3779b97f4a7c15 + static_cast<std::uint32_t>(key.partition));
  }
};

/// What somebody set for a topic, by Kafka's names: "retention.ms" to "60000". See topic_config.h for what there is.
using TopicConfigs = std::map<std::string, std::string>;

struct TopicSpec {
  std::string name;
  std::int32_t partitions = 1;
  TopicConfigs configs;
  friend bool operator==(const TopicSpec&, const TopicSpec&) = default;
};

struct Topic {
  std::string name;
  TopicId id = 0;
  std::int32_t partitions = 0;
  TopicConfigs configs;  // only what differs from the store's defaults by somebody's will
  friend bool operator==(const Topic&, const Topic&) = default;
};

/// One valid RecordBatch (version 2) of a producer, and what the log needs to know of its header. The caller has
/// checked that they agree.
struct Batch {
  ProducerId producer_id = kNoProducerId;
  std::int16_t producer_epoch = -1;
  std::int32_t base_sequence = -1;
  /// Records in the batch, less one.
  std::int32_t last_offset_delta = 0;
  /// Of its newest record; before 1970 when the records have none, then the time of appending counts.
  Timestamp max_timestamp{std::chrono::milliseconds{-1}};
  /// The whole batch. The log writes the base offset and the leader epoch into it, which its checksum does not cover.
  std::string bytes;
  friend bool operator==(const Batch&, const Batch&) = default;
};

struct AppendRequest {
  TopicPartition partition;
  Batch batch;
};

struct Appended {
  Offset base_offset = 0;
  Offset log_start_offset = 0;
  /// The batch had been appended before, at base_offset, and was not appended again.
  bool duplicate = false;
  friend bool operator==(const Appended&, const Appended&) = default;
};

struct ReadRequest {
  TopicPartition partition;
  Offset offset = 0;
  std::size_t max_bytes = 0;
  /// Gives the first batch even when it alone is larger than max_bytes, so that a reader always gets on (KIP-74).
  bool at_least_one = true;
};

struct Slice {
  /// Whole batches as they were appended, one behind the other. The first one holds the wanted offset and may begin
  /// before it.
  std::string records;
  Offset high_watermark = 0;
  Offset log_start_offset = 0;
  friend bool operator==(const Slice&, const Slice&) = default;
};

struct PartitionState {
  Offset log_start_offset = 0;
  /// The offset that the next record gets. All before it is durable, and nothing else can be read.
  Offset high_watermark = 0;
  /// Bytes of batches from the log start on, about.
  std::uint64_t bytes = 0;
  friend bool operator==(const PartitionState&, const PartitionState&) = default;
};

struct OffsetAndTimestamp {
  Offset offset = 0;
  Timestamp timestamp{};
  friend bool operator==(const OffsetAndTimestamp&, const OffsetAndTimestamp&) = default;
};

struct OffsetCommit {
  TopicPartition partition;
  Offset offset = 0;
  std::int32_t leader_epoch = -1;
  /// Given back as it is.
  std::string metadata;
  friend bool operator==(const OffsetCommit&, const OffsetCommit&) = default;
};

struct CommittedOffset {
  Offset offset = 0;
  std::int32_t leader_epoch = -1;
  std::string metadata;
  Timestamp committed_at{};
  friend bool operator==(const CommittedOffset&, const CommittedOffset&) = default;
};

}  // namespace skerry::platform::kafka::log
