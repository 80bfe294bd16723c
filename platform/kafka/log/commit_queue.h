// SPDX-License-Identifier: Apache-2.0
//
// CommitQueue: changes on their way to the disk. Whoever writes takes all that waits, up to a size, and makes it
// durable with one sync; what comes meanwhile is the next batch. Nobody sleeps to collect more, so a lone change waits
// for one sync and a thousand at once wait for two.
//
//   auto commit = queue.add(change);               // any thread
//   co_await commit->done.wait();
//
//   co_await queue.wait();                         // the writer
//   Commits commits = queue.take();
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "platform/kafka/log/commit.h"
#include "skerry/async/sync.h"

namespace skerry::platform::kafka::log {

class CommitQueue {
 public:
  CommitQueue() = default;
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  using Change = std::variant<AppendRequest, storage::Entry>;

  /// Queues the changes in this order. Those that there is no room for, or that come after stop(), have failed and are
  /// done already, with kRequestTimedOut.
  Commits add(std::vector<Change> changes);

  /// Until something may be there.
  Event::EventWait wait() { return work_.wait(); }
  /// What is to be committed together next.
  Commits take();
  /// What is queued fails, and what comes later does.
  void stop();
  std::size_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<Commit>> queue_;
  std::size_t bytes_ = 0;
  bool stopped_ = false;
  Event work_;
};

}  // namespace skerry::platform::kafka::log
