// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/commit_queue.h"

#include <utility>

namespace skerry::kafka::internal {

void CommitQueue::add(const std::vector<PartitionOffset>& offsets, std::shared_ptr<Pending<void>> call) {
  Call added{{}, std::move(call)};
  for (const PartitionOffset& offset : offsets) {
    offsets_[offset.partition] = offset.offset;
    added.partitions.push_back(offset.partition);
  }
  waiting_.push_back(std::move(added));
}

std::vector<PartitionOffset> CommitQueue::begin() {
  if (!under_way_.empty()) return {};
  std::vector<PartitionOffset> request;
  for (const auto& [partition, offset] : offsets_) request.push_back({partition, offset});
  offsets_.clear();
  under_way_ = std::exchange(waiting_, {});
  return request;
}

void CommitQueue::end(const std::optional<Error>& error, const Errors& errors) {
  for (Call& call : std::exchange(under_way_, {})) {
    std::optional<Error> failure = error;
    for (const TopicPartition& partition : call.partitions) {
      const auto found = errors.find(partition);
      if (!failure && found != errors.end()) failure = found->second;
    }
    call.pending->complete(failure ? Result<>(fail(*failure)) : Result<>());
  }
}

void CommitQueue::fail_all(const Error& error) {
  end(error, {});
  offsets_.clear();
  under_way_ = std::exchange(waiting_, {});
  end(error, {});
}

}  // namespace skerry::kafka::internal
