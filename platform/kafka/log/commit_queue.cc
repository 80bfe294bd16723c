// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/commit_queue.h"

#include "platform/kafka/log/errors.h"

namespace skerry::platform::kafka::log {
namespace {

Error stopping() { return kafka_error(ErrorCode::kRequestTimedOut, "the broker is stopping: try again later"); }

}  // namespace

Commits CommitQueue::add(std::vector<Change> changes) {
  Commits commits;
  commits.reserve(changes.size());
  for (Change& change : changes) {
    commits.push_back(std::make_shared<Commit>());
    commits.back()->change = std::move(change);
  }
  std::lock_guard lock(mutex_);
  for (const auto& commit : commits) {
    const bool full = queue_.size() >= kMaxQueuedEntries || bytes_ >= kMaxQueuedBytes;
    if (stopped_ || full) {
      commit->outcome.emplace(
          fail(stopped_ ? stopping()
                        : kafka_error(ErrorCode::kRequestTimedOut, "too much waits for the disk: try again later")));
      commit->done.set();
      continue;
    }
    bytes_ += bytes_of(*commit);
    queue_.push_back(commit);
  }
  if (!queue_.empty()) work_.set();
  return commits;
}

Commits CommitQueue::take() {
  std::lock_guard lock(mutex_);
  Commits taken;
  std::size_t bytes = 0;
  while (!queue_.empty()) {
    const Commit& next = *queue_.front();
    const std::size_t size = bytes_of(next);
    if (!taken.empty() && (is_committed_alone(next) || bytes + size > kMaxCommitBytes)) break;
    bytes += size;
    taken.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (is_committed_alone(*taken.back())) break;
  }
  bytes_ -= bytes;
  if (queue_.empty()) work_.reset();
  return taken;
}

void CommitQueue::stop() {
  std::deque<std::shared_ptr<Commit>> queued;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    queued = std::exchange(queue_, {});
    bytes_ = 0;
  }
  for (const auto& commit : queued) {
    commit->outcome.emplace(fail(stopping()));
    commit->done.set();
  }
}

std::size_t CommitQueue::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace skerry::platform::kafka::log
