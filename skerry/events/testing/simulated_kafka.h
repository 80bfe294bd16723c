// SPDX-License-Identifier: Apache-2.0
//
// SimulatedKafka: logs of records and one consumer group over them, in memory, for tests of what is on top of
// RecordSource. Members come, leave and die; partitions move between them by the rules of kafka::Consumer: revoked,
// confirmed, then assigned to another from the committed offset. For one worker only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "skerry/events/record_source.h"

namespace skerry::events::testing {

class SimulatedMember;

class SimulatedKafka {
 public:
  SimulatedKafka() = default;
  SimulatedKafka(const SimulatedKafka&) = delete;
  SimulatedKafka& operator=(const SimulatedKafka&) = delete;
  ~SimulatedKafka();

  void create(const std::string& topic, std::int32_t partitions);
  /// Appends to the record's partition, or to the one that its key decides; gives the offset.
  std::int64_t append(kafka::Record record);
  const std::vector<kafka::Record>& log(const kafka::TopicPartition& partition) { return logs_.at(partition); }
  std::int64_t committed(const kafka::TopicPartition& partition) const;
  /// Everything that is in the logs was committed.
  bool all_committed() const;
  /// The next `count` commits fail with this error, after they have taken effect or not.
  void fail_commits(int count, Code code, bool applied);

  /// A new member, with its share of the partitions. The source may be gone before or after this object's end; when it
  /// goes without close(), the member has died.
  std::unique_ptr<internal::RecordSource> join();
  std::vector<kafka::TopicPartition> paused() const;

 private:
  friend class SimulatedMember;
  struct Partition {
    std::int64_t committed = 0;
    SimulatedMember* owner = nullptr;
    bool revoking = false;
  };

  void leave(SimulatedMember& member);
  void rebalance();
  void assign_free();
  void wake_all();
  Task<> commit(SimulatedMember& member, std::vector<kafka::PartitionOffset> offsets);

  std::map<kafka::TopicPartition, std::vector<kafka::Record>> logs_;
  std::map<kafka::TopicPartition, Partition> partitions_;
  std::vector<SimulatedMember*> members_;
  std::map<kafka::TopicPartition, SimulatedMember*> wanted_;
  int failing_commits_ = 0;
  Code failing_code_ = Code::kUnavailable;
  bool failing_applied_ = false;
};

}  // namespace skerry::events::testing
