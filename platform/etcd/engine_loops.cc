// SPDX-License-Identifier: Apache-2.0
//
// What the engine does by itself: applying batches, and the loops that wait until there is something to do. None of
// them polls.
#include "platform/etcd/engine.h"
#include "skerry/async/blocking.h"
#include "skerry/async/scope.h"
#include "skerry/async/select.h"
#include "skerry/async/sleep.h"
#include "skerry/base/defer.h"

namespace skerry::platform::etcd {

using storage::Entry;

namespace {

// Leases revoked at once; the rest wait for the next batch.
constexpr std::size_t kMaxRevocations = 500;
// Changes given back in one step of compaction, under the lock.
constexpr std::size_t kCompactStep = 2000;

}  // namespace

Task<> Engine::run() {
  co_await with_scope([this](Scope& scope) -> Task<> {
    scope.go([this] { return run_leases(); });
    scope.go([this] { return run_compaction(); });
    scope.go([this] { return run_snapshots(); });
    scope.go([this] { return run_catch_up(); });
    scope.go([this] { return run_progress(); });
    co_await committer_->run();
  });
}

void Engine::apply(Committer::Batch& batch) {
  bool grants = false;
  std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  for (const auto& proposal : batch) {
    StateMachine::Applied applied = machine_.apply(proposal->entry, now);
    hub_.publish(applied.events);
    grants |= proposal->entry.has_lease_grant();
    proposal->outcome.emplace(std::move(applied.response));
  }
  if (grants) leases_changed_.try_send(true);
  if (machine_.store().compaction_pending()) compacted_.reset();
  if (compaction_due(machine_.store(), options_.compaction) || machine_.store().compaction_pending())
    compaction_changed_.try_send(true);
}

// ---- leases

Task<> Engine::run_leases() {
  while (true) {
    std::vector<LeaseId> due;
    std::optional<LeaseTable::Time> next;
    {
      std::lock_guard lock(mutex_);
      due = machine_.take_due_leases(Clock::now(), kMaxRevocations);
      next = machine_.leases().next_due();
    }
    if (!due.empty()) {
      co_await revoke_due(std::move(due));
      continue;
    }
    std::optional<bool> changed;
    if (next) {
      co_await select(leases_changed_.on_receive(changed), after(*next - Clock::now()));
    } else {
      co_await leases_changed_.receive();
    }
  }
}

Task<> Engine::revoke_due(std::vector<LeaseId> due) {
  // All at once, so that they share a sync. One that fails is reported due again later.
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (const LeaseId id : due) {
      scope.go([this, id]() -> Task<> {
        Entry entry;
        entry.mutable_lease_revoke()->set_id(id);
        std::ignore = co_await committer_->commit(std::move(entry)).result();
      });
    }
    co_return;
  });
}

// ---- compaction

Task<> Engine::run_compaction() {
  while (true) {
    co_await compaction_changed_.receive();
    std::optional<Revision> due;
    bool pending = true;
    while (pending) {
      {
        std::lock_guard lock(mutex_);
        // Pinned: whoever holds the pin wakes this loop when it lets go.
        pending = pins_ == 0 && machine_.compact_step(kCompactStep);
        if (!machine_.store().compaction_pending()) compacted_.set();
        due = compaction_due(machine_.store(), options_.compaction);
      }
      co_await yield();
    }
    if (!due) continue;
    Entry entry;
    entry.mutable_compaction()->set_revision(*due);
    // Refused when a client has compacted further meanwhile.
    std::ignore = co_await committer_->commit(std::move(entry)).result();
  }
}

// ---- snapshots

// Called between batches, when the state is the one after the last entry of the log.
void Engine::begin_snapshot(std::shared_ptr<SnapshotWriter> writer) {
  std::lock_guard lock(mutex_);
  const std::uint64_t index = writer->index();
  pending_snapshot_ = PendingSnapshot{std::move(writer), std::make_unique<SnapshotSource>(machine_, index)};
  ++pins_;
  snapshot_pending_.try_send(true);
}

Task<> Engine::run_snapshots() {
  while (true) {
    co_await snapshot_pending_.receive();
    PendingSnapshot snapshot;
    {
      std::lock_guard lock(mutex_);
      snapshot = *std::exchange(pending_snapshot_, std::nullopt);
    }
    auto written = co_await write_snapshot(std::move(snapshot.writer), std::move(snapshot.source)).result();
    {
      std::lock_guard lock(mutex_);
      --pins_;
    }
    compaction_changed_.try_send(true);
    committer_->snapshot_finished(written && *written);
  }
}

Task<bool> Engine::write_snapshot(std::shared_ptr<SnapshotWriter> writer, std::unique_ptr<SnapshotSource> source) {
  while (true) {
    std::optional<SnapshotStep> step;
    {
      std::lock_guard lock(mutex_);
      step = source->next();
    }
    if (!step) break;
    co_await blocking([&]() -> Result<> {
      for (const std::string& chunk : step->encode())
        if (auto added = writer->add(chunk); !added) return added;
      return {};
    });
  }
  co_await blocking([&] { return writer->finish(); });
  co_return true;
}

// ---- watchers

Task<> Engine::run_catch_up() {
  while (true) {
    co_await catch_up_pending_.receive();
    for (bool pending = true; pending;) {
      {
        std::lock_guard lock(mutex_);
        hub_.catch_up();
        pending = hub_.catch_up_pending();
      }
      co_await yield();
    }
  }
}

Task<> Engine::run_progress() {
  while (true) {
    std::optional<WatchHub::Time> next;
    {
      std::lock_guard lock(mutex_);
      hub_.tick(Clock::now());
      next = hub_.next_tick();
    }
    std::optional<bool> changed;
    if (next) {
      co_await select(progress_changed_.on_receive(changed), after(*next - Clock::now()));
    } else {
      co_await progress_changed_.receive();
    }
  }
}

}  // namespace skerry::platform::etcd
