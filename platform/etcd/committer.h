// SPDX-License-Identifier: Apache-2.0
//
// Committer: takes entries from many tasks, makes them durable, has them applied in the order of the log, and only then
// gives each task its answer. Group commit: while one sync runs, entries queue; the next sync takes all of them. Nobody
// sleeps to collect more, so a lone write waits for one sync and a thousand at once wait for two.
//
//   Committer committer(std::move(log), [&](Committer::Batch& batch) { apply(batch); });
//   scope.go([&] { return committer.run(); });
//   StateMachine::Response response = co_await committer.commit(entry);
//
// After an error of the disk the entries of that batch fail. When nobody can know what is on the medium (DurableLog),
// so do all later ones: reads go on, writes do not.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "platform/etcd/durable_log.h"
#include "skerry/async/sync.h"
#include "skerry/async/task.h"

namespace skerry::platform::etcd {

/// Entries that wait for the disk, by number and by bytes; more are refused.
inline constexpr std::size_t kMaxQueuedEntries = 20'000;
inline constexpr std::size_t kMaxQueuedEntryBytes = std::size_t{256} << 20;
/// Bytes of entries in one sync. More entries wait for the next.
inline constexpr std::size_t kMaxBatchBytes = std::size_t{8} << 20;

class Committer {
 public:
  /// One entry on its way. Shared by the task that waits for it, which may be cancelled, and by the batch it is in.
  struct Proposal {
    storage::Entry entry;
    std::string bytes;
    std::optional<Result<StateMachine::Response>> outcome;
    skerry::Event done;
  };
  using Batch = std::vector<std::shared_ptr<Proposal>>;

  /// Called with entries that are durable, in the order of the log; sets the outcome of each. Called by run() alone.
  using Apply = std::function<void(Batch& batch)>;
  /// Called by run() when the log wants a snapshot, between batches: begins one with this writer. The writer's work is
  /// done elsewhere; snapshot_finished is called in the end.
  using BeginSnapshot = std::function<void(std::shared_ptr<SnapshotWriter> writer)>;

  Committer(std::unique_ptr<DurableLog> log, Apply apply, BeginSnapshot begin_snapshot);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Makes the entry durable, applies it and gives its answer, or the error it was applied with. Other errors:
  /// ResourceExhausted when too much is queued or the disk is full, Unavailable when the log failed or run() has ended.
  /// Cancelled, the entry may or may not be committed. Any worker.
  Task<StateMachine::Response> commit(storage::Entry entry);

  /// Queues the entry and does not wait: for what a task that is ending leaves to be done. Dropped when commit would
  /// have failed. Any thread.
  void submit(storage::Entry entry);

  /// Runs until cancelled; then what is queued fails, and commit() fails from then on.
  Task<> run();

  /// The snapshot begun last has been finished (true) or given up. Any worker.
  void snapshot_finished(bool good);

  /// For reports; any worker.
  std::uint64_t last_index() const { return last_index_.load(std::memory_order_relaxed); }
  std::uint64_t log_bytes() const { return log_bytes_.load(std::memory_order_relaxed); }
  /// True while writes can be expected to work.
  bool writable() const { return !broken_.load(std::memory_order_relaxed); }
  /// Syncs and entries so far.
  std::uint64_t batches() const { return batches_.load(std::memory_order_relaxed); }
  std::uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }

 private:
  enum class Snapshot { kNone, kWriting, kGood, kGivenUp };

  static std::shared_ptr<Proposal> propose(storage::Entry entry);
  Result<> enqueue(std::shared_ptr<Proposal> proposal);
  Batch take_batch();
  Task<> commit_batch(Batch batch);
  Task<> tend_snapshot();
  void stop();
  void update_reports();
  static void settle(Batch& batch);

  std::unique_ptr<DurableLog> log_;
  const Apply apply_;
  const BeginSnapshot begin_snapshot_;
  std::shared_ptr<SnapshotWriter> writer_;  // of the snapshot begun last

  std::mutex mutex_;  // of the following, never held over a suspension
  Batch queue_;
  std::size_t queued_bytes_ = 0;
  Snapshot snapshot_ = Snapshot::kNone;
  bool stopped_ = false;

  skerry::Event work_;
  std::atomic<std::uint64_t> last_index_;
  std::atomic<std::uint64_t> log_bytes_;
  std::atomic<std::uint64_t> batches_ = 0;
  std::atomic<std::uint64_t> entries_ = 0;
  std::atomic<bool> broken_ = false;
};

}  // namespace skerry::platform::etcd
