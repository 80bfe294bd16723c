// SPDX-License-Identifier: Apache-2.0
//
// What a log store can be told, and the limits of everything that grows in it.
//
//   LogOptions options{.defaults = {.retention = std::chrono::hours(24)}};
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "platform/kafka/log/types.h"

namespace skerry::platform::kafka::log {

/// What a topic has unless something was set for it, as Kafka's brokers have it.
struct TopicDefaults {
  /// retention.ms: records older than this go. Negative: they stay.
  std::chrono::milliseconds retention = std::chrono::days(7);
  /// retention.bytes: a partition may lose its oldest records when the rest is at least this large. Negative: it does
  /// not.
  std::int64_t retention_bytes = -1;
  /// max.message.bytes: the largest batch.
  std::int32_t max_message_bytes = 1'048'588;
};

/// More is refused with kPolicyViolation. Together they keep a checkpoint well below disk::kMaxFrameBytes.
struct LogLimits {
  std::size_t max_topics = 10'000;
  /// Of all topics together.
  std::size_t max_partitions = 20'000;
  std::size_t max_groups = 10'000;
  /// Committed offsets of all groups, by number and by bytes with their names and metadata.
  std::size_t max_offsets = 100'000;
  std::size_t max_offset_bytes = std::size_t{16} << 20;
  /// Producers with idempotence state, counted in each partition. A new one takes the place of the one that has been
  /// idle for longest, if that was for min_producer_idle; else it is refused.
  std::size_t max_producers = 50'000;
  std::chrono::milliseconds min_producer_idle = std::chrono::hours(1);
};

/// A topic's max.message.bytes can be set up to this.
inline constexpr std::int32_t kMaxBatchBytes = 32 << 20;
/// Length of a committed offset's metadata (Kafka's offset.metadata.max.bytes).
inline constexpr std::size_t kMaxOffsetMetadataBytes = 4096;
/// Entries that wait for the disk, by number and by bytes; more are refused.
inline constexpr std::size_t kMaxQueuedEntries = 50'000;
inline constexpr std::size_t kMaxQueuedBytes = std::size_t{256} << 20;
/// Bytes of entries in one sync; more wait for the next. One batch may be larger.
inline constexpr std::size_t kMaxCommitBytes = std::size_t{8} << 20;
/// Index of closed segments kept in memory to be looked into; what is not there is read from their index files.
inline constexpr std::size_t kMaxIndexCacheBytes = std::size_t{32} << 20;

enum class Durability {
  /// A change is on the medium when its call returns.
  kFsync,
  /// A change is in the page cache when its call returns: it survives the end of the process, and is lost with the
  /// power. What Kafka does by default.
  kPageCache,
};

struct LogOptions {
  TopicDefaults defaults = {};
  LogLimits limits = {};
  Durability durability = Durability::kFsync;
  /// A segment that is larger is closed, and the next entries begin a new one.
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;
  /// Space that is held back so that records can be deleted when the disk is full.
  std::uint64_t reserve_bytes = std::uint64_t{1} << 20;
  /// How long the offsets of a group without members are kept (Kafka's offsets.retention.minutes).
  std::chrono::milliseconds offsets_retention = std::chrono::days(7);
  /// How long an idle producer's sequence numbers are remembered (Kafka's producer.id.expiration.ms).
  std::chrono::milliseconds producer_retention = std::chrono::days(1);
  /// Time between two rounds of retention and cleaning.
  std::chrono::milliseconds maintenance_interval = std::chrono::seconds(30);
  /// The time of day, for retention; the system's when empty.
  std::function<Timestamp()> clock = nullptr;
};

}  // namespace skerry::platform::kafka::log
