// SPDX-License-Identifier: Apache-2.0
//
// AppendWatch: how a long poll waits for records. A watch is in the list of each of its partitions, so an append wakes
// only who waits for that partition, and a watch on nothing that happens costs nothing.
//
//   AppendWatch watch = store.watch(partitions);
//   while (bytes_available() < min_bytes) {       // look after the watch was made: nothing is missed
//     co_await watch.wait();
//     watch.reset();
//   }
#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "platform/kafka/log/types.h"
#include "skerry/async/sync.h"

namespace skerry::platform::kafka::log {

class AppendWatches;

/// Movable; ends with its destructor. One task waits for it at a time.
class AppendWatch {
 public:
  AppendWatch(AppendWatch&&) noexcept = default;
  AppendWatch& operator=(AppendWatch&&) = delete;
  ~AppendWatch();

  /// `co_await watch.wait()`: until something happened to a partition since the watch was made or reset.
  Event::EventWait wait() { return event_->wait(); }
  void reset() { event_->reset(); }
  /// True when wait() would not wait.
  bool woken() const { return event_->is_set(); }

 private:
  friend class AppendWatches;
  AppendWatch(AppendWatches& watches, std::vector<PartitionKey> partitions);

  AppendWatches* watches_;
  std::unique_ptr<Event> event_;  // null after a move
  std::vector<PartitionKey> partitions_;
};

/// The lists of watches by partition. Outlives its watches. Any thread.
class AppendWatches {
 public:
  AppendWatches() = default;
  ~AppendWatches();
  AppendWatches(const AppendWatches&) = delete;
  AppendWatches& operator=(const AppendWatches&) = delete;

  /// A partition that is named twice counts once.
  AppendWatch watch(std::vector<PartitionKey> partitions) { return AppendWatch(*this, std::move(partitions)); }
  /// Wakes the watches of the partition.
  void wake(const PartitionKey& partition);
  /// Partitions that somebody watches.
  std::size_t watched() const;

 private:
  friend class AppendWatch;

  mutable std::mutex mutex_;
  std::unordered_map<PartitionKey, std::vector<Event*>, PartitionKeyHash> watches_;
};

}  // namespace skerry::platform::kafka::log
