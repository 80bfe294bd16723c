// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/durable_log.h"

#include <algorithm>

#include "platform/etcd/snapshot_source.h"
#include "skerry/base/ids.h"

namespace skerry::platform::etcd {
namespace {

// Ids are shown as hexadecimal numbers and must not be zero, which means "no member" in the API.
std::uint64_t random_member_id() {
  std::uint64_t id = 0;
  while (id == 0) id = random_u64();
  return id;
}

Result<storage::Entry> parse_entry(std::uint64_t index, std::string_view bytes) {
  storage::Entry entry;
  if (!entry.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      entry.command_case() == storage::Entry::COMMAND_NOT_SET)
    return fail(Error::data_loss("entry {} of the log is not understood: it was written by a newer version", index));
  return entry;
}

}  // namespace

Result<std::unique_ptr<DurableLog>> DurableLog::open(disk::Disk& disk, std::string directory, StateMachine& machine,
                                                     StateMachine::Time now, LogLimits limits) {
  std::unique_ptr<DurableLog> log(new DurableLog(disk, std::move(directory), limits));
  if (auto made = disk.create_directories(log->directory_); !made) return fail(std::move(made));
  auto restored = log->restore(machine, now);
  if (!restored) return fail(std::move(restored));
  const auto replay = [&](std::uint64_t index, std::string_view bytes) -> Result<> {
    auto entry = parse_entry(index, bytes);
    if (!entry) return fail(std::move(entry));
    // An entry that failed when it was first applied fails again, and its client was told then.
    std::ignore = machine.apply(*entry, now);
    return {};
  };
  auto wal = disk::Wal::open(disk, log->directory_, *restored + 1, replay, limits.max_segment_bytes);
  if (!wal) return fail(std::move(wal));
  log->wal_ = *std::move(wal);
  while (machine.compact_step(10'000)) {
  }
  machine.restart_leases(now);
  if (auto started = log->write_start(machine, now); !started) return fail(std::move(started));
  return log;
}

Result<std::uint64_t> DurableLog::restore(StateMachine& machine, StateMachine::Time now) {
  SnapshotSink sink(machine, now);
  auto index = load_snapshot(disk_, directory_, [&](std::string_view chunk) {
    snapshot_bytes_ += chunk.size();
    return sink.add(chunk);
  });
  if (!index || *index == 0) return index;
  if (sink.index() != *index) return fail(Error::data_loss("the snapshot is of another entry than its name says"));
  if (auto finished = sink.finish(); !finished) return fail(std::move(finished));
  return index;
}

Result<> DurableLog::write_start(StateMachine& machine, StateMachine::Time now) {
  storage::Entry entry;
  *entry.mutable_start() = machine.start();
  storage::Start& start = *entry.mutable_start();
  if (start.cluster_id() == 0) {
    start.set_cluster_id(random_member_id());
    start.set_member_id(random_member_id());
  }
  // A term for each process, as if it had been elected: so that answers of different lives can be told apart.
  start.set_term(start.term() + 1);
  const std::string bytes = entry.SerializeAsString();
  if (auto written = wal_->append({&bytes, 1}); !written) return written;
  std::ignore = machine.apply(entry, now);
  return {};
}

bool DurableLog::wants_snapshot() const {
  const std::uint64_t grown = wal_->size_bytes() - std::min(wal_->size_bytes(), log_bytes_kept_);
  return grown >= std::max(limits_.min_bytes_between_snapshots, snapshot_bytes_);
}

Result<std::unique_ptr<SnapshotWriter>> DurableLog::begin_snapshot() {
  return SnapshotWriter::begin(disk_, directory_, last_index());
}

Result<> DurableLog::release_covered(const SnapshotWriter& finished) {
  snapshot_bytes_ = finished.size_bytes();
  auto released = wal_->release(finished.index());
  log_bytes_kept_ = wal_->size_bytes();
  return released;
}

}  // namespace skerry::platform::etcd
