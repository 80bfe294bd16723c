// SPDX-License-Identifier: Apache-2.0
//
// AssignedPartitions: the partitions that a consumer reads, each with a queue of its own in the library. So a partition
// that is paused or is being revoked is simply not looked at, and the library stops fetching for it when enough is read
// ahead: nothing is dropped and fetched again. Not locked: the owner does that. Internal to kafka/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "skerry/kafka/consumer.h"
#include "skerry/kafka/instance.h"

namespace skerry::kafka::internal {

class AssignedPartitions {
 public:
  /// Records taken from one partition before the next has its turn.
  static constexpr int kMaxRecordsPerTurn = 64;

  /// Partitions that the library is about to read; call before it is told to.
  void add(const Instance& instance, const std::vector<TopicPartition>& partitions);
  /// Gives no more records of these.
  void stop(const std::vector<TopicPartition>& partitions);
  /// Forgets all. What was read ahead goes back to the instance's queue, whose reader throws it away.
  void clear(const Instance& instance);

  /// Unknown ones are left alone.
  void set_paused(const std::vector<TopicPartition>& partitions, bool paused);
  bool empty() const { return partitions_.empty(); }
  bool contains(const TopicPartition& partition) const { return partitions_.contains(partition); }
  void note_committed(const PartitionOffset& offset);

  /// The next record of a partition whose turn it is; nothing if none has one; or why one cannot be read.
  std::optional<Result<Record>> next();

  std::vector<TopicPartition> names() const;
  std::vector<PartitionLag> lag(const Instance& instance) const;

 private:
  struct Partition {
    QueuePtr queue;
    bool paused = false;
    bool stopped = false;
    std::int64_t position = -1;
    std::int64_t committed = -1;
  };
  using Entry = std::map<TopicPartition, Partition>::value_type;

  std::optional<Result<Record>> next_of(Entry& entry);
  void end_turn();

  std::map<TopicPartition, Partition> partitions_;
  // In the order of their turns; the entry at `turn_` has it.
  std::vector<Entry*> turns_;
  std::size_t turn_ = 0;
  int records_left_ = kMaxRecordsPerTurn;
};

}  // namespace skerry::kafka::internal
