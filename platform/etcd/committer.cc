// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/committer.h"

#include <chrono>
#include <limits>

#include "platform/etcd/errors.h"
#include "skerry/async/blocking.h"
#include "skerry/async/timeout.h"
#include "skerry/base/check.h"
#include "skerry/base/defer.h"

namespace skerry::platform::etcd {
namespace {

// A batch that is being written is finished and answered also when the server stops; as long as a disk may take.
constexpr std::chrono::seconds kLongestCommit{60};

// What clients are told when the disk fails. A full disk is like a full store: what frees space helps.
Error for_clients(const Error& error) {
  if (error.code() == Code::kResourceExhausted) return errors::no_space();
  return Error::unavailable("etcdserver: the log cannot be written: {}", error.message());
}

}  // namespace

Committer::Committer(std::unique_ptr<DurableLog> log, Apply apply, BeginSnapshot begin_snapshot)
    : log_(std::move(log)),
      apply_(std::move(apply)),
      begin_snapshot_(std::move(begin_snapshot)),
      last_index_(log_->last_index()),
      log_bytes_(log_->size_bytes()) {}

std::shared_ptr<Committer::Proposal> Committer::propose(storage::Entry entry) {
  auto proposal = std::make_shared<Proposal>();
  // Encoding is the larger part of the work, and is done on the caller's worker.
  proposal->bytes = entry.SerializeAsString();
  proposal->entry = std::move(entry);
  return proposal;
}

void Committer::submit(storage::Entry entry) { std::ignore = enqueue(propose(std::move(entry))); }

Task<StateMachine::Response> Committer::commit(storage::Entry entry) {
  auto proposal = propose(std::move(entry));
  co_await enqueue(proposal);
  co_await proposal->done.wait();
  co_return co_await std::move(*proposal->outcome);
}

Result<> Committer::enqueue(std::shared_ptr<Proposal> proposal) {
  std::lock_guard lock(mutex_);
  if (stopped_) return fail(errors::stopped());
  if (queue_.size() >= kMaxQueuedEntries || queued_bytes_ >= kMaxQueuedEntryBytes)
    return fail(errors::too_many_requests());
  queued_bytes_ += proposal->bytes.size();
  queue_.push_back(std::move(proposal));
  work_.set();
  return {};
}

Committer::Batch Committer::take_batch() {
  std::lock_guard lock(mutex_);
  Batch batch;
  std::size_t bytes = 0;
  std::size_t taken = 0;
  while (taken < queue_.size() && (taken == 0 || bytes + queue_[taken]->bytes.size() <= kMaxBatchBytes))
    bytes += queue_[taken++]->bytes.size();
  if (taken == queue_.size()) {
    batch = std::exchange(queue_, {});
    work_.reset();
  } else {
    batch.assign(std::make_move_iterator(queue_.begin()),
                 std::make_move_iterator(queue_.begin() + static_cast<std::ptrdiff_t>(taken)));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(taken));
  }
  queued_bytes_ -= bytes;
  return batch;
}

Task<> Committer::run() {
  Defer stopping([this] { stop(); });
  while (true) {
    co_await work_.wait();
    Batch batch = take_batch();
    if (!batch.empty()) co_await shielded(kLongestCommit, commit_batch(std::move(batch)));
    co_await tend_snapshot();
  }
}

Task<> Committer::commit_batch(Batch batch) {
  std::vector<std::string> encoded;
  encoded.reserve(batch.size());
  for (const auto& proposal : batch) encoded.push_back(std::move(proposal->bytes));
  Result<> durable = co_await blocking([this, &encoded] { return log_->append(encoded); }).result();
  if (durable) {
    apply_(batch);
    batches_.fetch_add(1, std::memory_order_relaxed);
    entries_.fetch_add(batch.size(), std::memory_order_relaxed);
  } else {
    for (auto& proposal : batch) proposal->outcome.emplace(fail(for_clients(durable.error())));
  }
  update_reports();
  settle(batch);
}

void Committer::settle(Batch& batch) {
  for (auto& proposal : batch) {
    SKERRY_CHECK(proposal->outcome.has_value(), "an entry was not applied");
    proposal->done.set();
  }
}

void Committer::update_reports() {
  last_index_.store(log_->last_index(), std::memory_order_relaxed);
  log_bytes_.store(log_->size_bytes(), std::memory_order_relaxed);
  broken_.store(log_->broken(), std::memory_order_relaxed);
}

void Committer::snapshot_finished(bool good) {
  std::lock_guard lock(mutex_);
  snapshot_ = good ? Snapshot::kGood : Snapshot::kGivenUp;
  work_.set();
}

// The log is used by one thread at a time, so what a snapshot needs of it is done here, between batches.
Task<> Committer::tend_snapshot() {
  Snapshot state;
  {
    std::lock_guard lock(mutex_);
    state = snapshot_;
    if (state != Snapshot::kWriting) snapshot_ = Snapshot::kNone;
  }
  if (state == Snapshot::kWriting) co_return;
  if (state == Snapshot::kGood) {
    // Segments that could not be removed are removed after the next snapshot.
    std::ignore = co_await blocking([this] { return log_->release_covered(*writer_); }).result();
    update_reports();
  }
  writer_.reset();
  if (log_->broken() || !log_->wants_snapshot()) co_return;
  auto writer = co_await blocking([this] { return log_->begin_snapshot(); }).result();
  if (!writer) co_return;  // a full disk, perhaps: tried again after the next batch
  writer_ = *std::move(writer);
  {
    std::lock_guard lock(mutex_);
    snapshot_ = Snapshot::kWriting;
  }
  begin_snapshot_(writer_);
}

void Committer::stop() {
  Batch queued;
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    queued = std::exchange(queue_, {});
    queued_bytes_ = 0;
  }
  for (auto& proposal : queued) proposal->outcome.emplace(fail(errors::stopped()));
  settle(queued);
}

}  // namespace skerry::platform::etcd
