// SPDX-License-Identifier: Apache-2.0
//
// CommitQueue: turns commits into requests, one at a time, so that an older one is never repeated after a newer one.
// Calls that come while a request is under way share the next. Pure: it sends nothing itself. Not locked: the owner
// does that. Internal to kafka/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "skerry/kafka/pending.h"
#include "skerry/kafka/record.h"

namespace skerry::kafka::internal {

class CommitQueue {
 public:
  using Errors = std::map<TopicPartition, Error>;

  /// Adds a call; its answer comes by `call`.
  void add(const std::vector<PartitionOffset>& offsets, std::shared_ptr<Pending<void>> call);
  /// What to send now: the last offset given for each partition; empty while a request is under way or nothing waits.
  std::vector<PartitionOffset> begin();
  /// The request that begin() gave is answered: by an error for all of it, or for the partitions in `errors`.
  void end(const std::optional<Error>& error, const Errors& errors);
  /// Fails all calls, those under way too.
  void fail_all(const Error& error);

 private:
  struct Call {
    std::vector<TopicPartition> partitions;
    std::shared_ptr<Pending<void>> pending;
  };
  std::map<TopicPartition, std::int64_t> offsets_;
  std::vector<Call> waiting_;
  std::vector<Call> under_way_;
};

}  // namespace skerry::kafka::internal
