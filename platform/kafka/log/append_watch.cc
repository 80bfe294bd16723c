// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/append_watch.h"

#include <algorithm>

#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {

AppendWatch::AppendWatch(AppendWatches& watches, std::vector<PartitionKey> partitions)
    : watches_(&watches), event_(std::make_unique<Event>()), partitions_(std::move(partitions)) {
  std::ranges::sort(partitions_);
  const auto repeated = std::ranges::unique(partitions_);
  partitions_.erase(repeated.begin(), repeated.end());
  std::lock_guard lock(watches_->mutex_);
  for (const PartitionKey& partition : partitions_) watches_->watches_[partition].push_back(event_.get());
}

AppendWatch::~AppendWatch() {
  if (!event_) return;
  std::lock_guard lock(watches_->mutex_);
  for (const PartitionKey& partition : partitions_) {
    const auto list = watches_->watches_.find(partition);
    std::vector<Event*>& events = list->second;
    *std::ranges::find(events, event_.get()) = events.back();
    events.pop_back();
    if (events.empty()) watches_->watches_.erase(list);
  }
}

AppendWatches::~AppendWatches() { SKERRY_CHECK(watches_.empty(), "watches end before what they watch"); }

void AppendWatches::wake(const PartitionKey& partition) {
  std::lock_guard lock(mutex_);
  const auto list = watches_.find(partition);
  if (list == watches_.end()) return;
  for (Event* event : list->second) event->set();
}

std::size_t AppendWatches::watched() const {
  std::lock_guard lock(mutex_);
  return watches_.size();
}

}  // namespace skerry::platform::kafka::log
