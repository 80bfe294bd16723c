// SPDX-License-Identifier: Apache-2.0
//
// DurableLog: the state machine's memory of itself. Opening it rebuilds the machine from the newest snapshot and the
// log entries after it; appending makes entries durable before they are applied; a snapshot now and then lets the log
// forget what is in it.
//
//   StateMachine machine;
//   auto log = DurableLog::open(disk, "data", machine, now);
//   (*log)->append(entries);                    // durable; now apply them
//   if ((*log)->wants_snapshot()) take_snapshot(**log);
//
// All calls block on the disk; one thread at a time. The disk and the machine outlive the log.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "platform/etcd/snapshot_file.h"
#include "platform/etcd/state_machine.h"
#include "skerry/disk/disk.h"
#include "skerry/disk/wal.h"

namespace skerry::platform::etcd {

struct LogLimits {
  std::uint64_t max_segment_bytes = disk::kMaxSegmentBytes;
  /// A snapshot is wanted when the log has grown by this much since the last one, and by as much as the last one holds:
  /// so the disk holds at most a few times the state, and writing snapshots costs at most as much as writing the log.
  std::uint64_t min_bytes_between_snapshots = std::uint64_t{64} << 20;
};

class DurableLog {
 public:
  /// Makes the directory if it is not there, rebuilds the machine, which is empty, and writes a Start entry: with the
  /// next term, and with new random ids the first time. Every lease has its full time from `now` on. Errors: DataLoss
  /// for a damaged snapshot or log, and those of the disk.
  static Result<std::unique_ptr<DurableLog>> open(disk::Disk& disk, std::string directory, StateMachine& machine,
                                                  StateMachine::Time now, LogLimits limits = {});
  DurableLog(const DurableLog&) = delete;
  DurableLog& operator=(const DurableLog&) = delete;

  /// Makes the entries, which are encoded storage::Entry messages, durable with one sync. Errors: those of Wal::append.
  Result<> append(std::span<const std::string> entries) { return wal_->append(entries); }
  /// The index of the last durable entry.
  std::uint64_t last_index() const { return wal_->next_index() - 1; }
  /// True when the log takes no more entries until it is opened again.
  bool broken() const { return wal_->broken(); }

  bool wants_snapshot() const;
  /// Begins a snapshot of the state after the last durable entry, which has been applied. The writer may be used on
  /// another thread while entries are appended (where the disk allows that).
  Result<std::unique_ptr<SnapshotWriter>> begin_snapshot();
  /// Drops the log entries that a finished snapshot covers.
  Result<> release_covered(const SnapshotWriter& finished);

  /// Bytes of the log and the snapshot.
  std::uint64_t size_bytes() const { return wal_->size_bytes() + snapshot_bytes_; }

 private:
  DurableLog(disk::Disk& disk, std::string directory, LogLimits limits)
      : disk_(disk), directory_(std::move(directory)), limits_(limits) {}
  Result<std::uint64_t> restore(StateMachine& machine, StateMachine::Time now);
  Result<> write_start(StateMachine& machine, StateMachine::Time now);

  disk::Disk& disk_;
  std::string directory_;
  LogLimits limits_;
  std::unique_ptr<disk::Wal> wal_;
  std::uint64_t snapshot_bytes_ = 0;
  std::uint64_t log_bytes_kept_ = 0;  // bytes of the log when the last snapshot was finished
};

}  // namespace skerry::platform::etcd
