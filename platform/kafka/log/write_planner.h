// SPDX-License-Identifier: Apache-2.0
//
// WritePlanner: decides on changes one after the other, each as if those before it had been applied: what is refused,
// what repeats an earlier batch, which offset a new one gets. Pure.
//
//   WritePlan plan;
//   WritePlanner planner(state, limits, now, plan);
//   for (const auto& commit : commits) planner.add(*commit);
#pragma once

#include <unordered_map>

#include "platform/kafka/log/commit.h"
#include "platform/kafka/log/log_state.h"
#include "platform/kafka/log/producer_table.h"

namespace skerry::platform::kafka::log {

class WritePlanner {
 public:
  /// All outlive the planner.
  WritePlanner(const LogState& state, const LogLimits& limits, Timestamp now, WritePlan& plan)
      : state_(state), limits_(limits), now_(now), plan_(plan) {}
  WritePlanner(const WritePlanner&) = delete;
  WritePlanner& operator=(const WritePlanner&) = delete;

  /// Sets the commit's outcome, which counts once the plan is written, and adds to the plan what has to be written for
  /// it. The commit outlives the plan; its batch is moved away.
  void add(Commit& commit);

 private:
  Result<Appended> plan_append(const Commit& commit, AppendRequest& append);
  BatchHead head_of(const Batch& batch, const PartitionKey& key, Offset base_offset) const;
  Result<SequenceCheck> check_producer(const ProducerKey& key, const Batch& batch) const;
  SequenceCheck check_new(const ProducerKey& key, const Batch& batch) const;
  bool has_room() const;
  ProducerState& staged(const ProducerKey& key);

  const LogState& state_;
  const LogLimits& limits_;
  const Timestamp now_;
  WritePlan& plan_;
  // What differs from the state by what was planned.
  std::unordered_map<PartitionKey, Offset, PartitionKeyHash> next_offsets_;
  std::unordered_map<ProducerKey, ProducerState, ProducerKeyHash> producers_;
};

}  // namespace skerry::platform::kafka::log
