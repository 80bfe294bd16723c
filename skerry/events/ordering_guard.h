// SPDX-License-Identifier: Apache-2.0
//
// OrderingGuard: brings the events of each aggregate into their order for one group, by the rule of
// skerry/events/ordering.h. Its state is in the service's database and changes in the transaction that handles the
// event, so it is as true after kill -9 as what the handler wrote, and whoever gets the partition next finds it.
// Internal to events/.
//
// Invariants, for each group, topic, source and subject:
//  1. skerry_ordering.sequence is the sequence of the last event that was handled, died or was given up as missing.
//  2. skerry_parked holds only events above it, but for one that was handled by another delivery meanwhile; that one
//     goes when its turn comes.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skerry/events/ordering.h"
#include "skerry/kafka/record.h"
#include "skerry/sql/database.h"

namespace skerry::events::internal {

/// Parked events that one look for releasable ones gives.
inline constexpr std::int64_t kMaxReleasesPerSweep = 200;
/// Aggregates that one prune() removes at most, so that it does not keep the writers waiting.
inline constexpr std::int64_t kMaxPrunedAggregates = 5'000;

/// What one aggregate is known by within a group.
struct AggregateKey {
  std::string topic;
  std::string source;
  std::string subject;
};

/// A parked event whose turn has come.
struct Release {
  kafka::Record record;
  /// The events that are missing before it were given up.
  bool gap_given_up = false;
};

/// Any worker. References are valid for the awaited call.
class OrderingGuard {
 public:
  explicit OrderingGuard(std::string group) : group_(std::move(group)) {}

  static Task<> create_tables(sql::Database& database);

  Task<AggregatePosition> position(sql::Executor& executor, AggregateKey aggregate) const;
  Task<> set_position(sql::Transaction& tx, AggregateKey aggregate, AggregatePosition position) const;

  /// Keeps an early event. False if it is kept already.
  Task<bool> park(sql::Transaction& tx, AggregateKey aggregate, std::int64_t sequence, kafka::Record record) const;
  Task<> unpark(sql::Transaction& tx, AggregateKey aggregate, std::int64_t sequence) const;
  /// The parked event with this sequence.
  Task<std::optional<kafka::Record>> parked(sql::Executor& executor, AggregateKey aggregate,
                                            std::int64_t sequence) const;

  /// The first parked event of each aggregate of the partition that is not early any more, or whose gap is to be given
  /// up by the options.
  Task<std::vector<Release>> releases(sql::Executor& executor, kafka::TopicPartition partition,
                                      SubscribeOptions options) const;
  /// Forgets up to kMaxPrunedAggregates aggregates of all groups without an event since `horizon`, the oldest first,
  /// and gives how many. Those with parked events stay.
  static Task<std::int64_t> prune(sql::Database& database, Time horizon);

  /// Events parked in the partition.
  Task<std::int64_t> count(sql::Executor& executor, kafka::TopicPartition partition) const;

 private:
  const std::string group_;
};

}  // namespace skerry::events::internal
