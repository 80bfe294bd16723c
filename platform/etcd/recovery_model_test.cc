// SPDX-License-Identifier: Apache-2.0
//
// Crashes at random places of random runs: what comes back is the state after all acknowledged entries, or after those
// and the one batch that was under way; never part of a batch, never something else.
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "platform/etcd/durable_log.h"
#include "platform/etcd/snapshot_source.h"
#include "platform/etcd/state_fixture.h"
#include "skerry/disk/memory_disk.h"

namespace skerry::platform::etcd {
namespace {

const LogLimits kTinyLimits{.max_segment_bytes = 1500, .min_bytes_between_snapshots = 3000};

class CrashingWorld {
 public:
  explicit CrashingWorld(std::uint32_t seed) : random_(seed) {}

  // One life of the process: opens, checks what it finds, works until the disk crashes. Returns false when it found
  // something that cannot be.
  bool live() {
    StateMachine machine;
    disk_.crash_after(static_cast<int>(random_() % 120));
    auto log = DurableLog::open(disk_, "data", machine, {}, kTinyLimits);
    if (!log) {
      EXPECT_TRUE(disk_.crashed()) << log.error().to_string();
      crash();
      return disk_was_to_blame(log.error());
    }
    if (!recognise(machine)) return false;
    work(**log, machine);
    crash();
    return true;
  }

 private:
  static bool disk_was_to_blame(const Error& error) { return error.code() == Code::kUnavailable; }

  void crash() {
    if (random_() % 4 == 0) {
      disk_.restart_process();
    } else {
      disk_.restart(random_());
    }
  }

  // Terms count the starts, some of which crashed before they were acknowledged to anybody.
  static std::string comparable(StateMachine& machine) {
    storage::Entry entry;
    *entry.mutable_start() = machine.start();
    entry.mutable_start()->set_term(0);
    const storage::Start start = machine.start();
    std::ignore = machine.apply(entry, {});
    std::string text = describe_state(machine);
    *entry.mutable_start() = start;
    std::ignore = machine.apply(entry, {});
    return text;
  }

  bool recognise(StateMachine& machine) {
    const std::string found = comparable(machine);
    if (acknowledged_ && found != *acknowledged_ && found != attempted_) {
      ADD_FAILURE() << "found\n" << found << "expected\n" << *acknowledged_ << "or\n" << attempted_;
      return false;
    }
    acknowledged_ = found;
    attempted_ = found;
    return true;
  }

  void work(DurableLog& log, StateMachine& machine) {
    while (!disk_.crashed()) {
      std::vector<storage::Entry> batch;
      std::vector<std::string> encoded;
      // What the batch would make of the state, worked out on a copy.
      StateMachine ahead;
      copy(machine, ahead);
      for (std::uint32_t i = 0; i <= random_() % 4; ++i) {
        batch.push_back(random_entry(random_, ahead));
        encoded.push_back(batch.back().SerializeAsString());
        std::ignore = ahead.apply(batch.back(), {});
      }
      attempted_ = comparable(ahead);
      if (!log.append(encoded)) return;
      for (const auto& entry : batch) std::ignore = machine.apply(entry, {});
      acknowledged_ = comparable(machine);
      EXPECT_EQ(*acknowledged_, attempted_);
      if (log.wants_snapshot() || random_() % 20 == 0) snapshot(log, machine);
      machine.compact_step(random_() % 10);
    }
  }

  static void copy(const StateMachine& from, StateMachine& to) {
    SnapshotSource source(from, 1);
    SnapshotSink sink(to, {});
    while (auto step = source.next())
      for (const auto& chunk : step->encode()) ASSERT_TRUE(sink.add(chunk));
    ASSERT_TRUE(sink.finish());
  }

  static void snapshot(DurableLog& log, const StateMachine& machine) {
    auto writer = log.begin_snapshot();
    if (!writer) return;
    SnapshotSource source(machine, log.last_index());
    while (auto step = source.next())
      for (const auto& chunk : step->encode())
        if (!(*writer)->add(chunk)) return;
    if ((*writer)->finish()) std::ignore = log.release_covered(**writer);
  }

  std::mt19937 random_;
  disk::MemoryDisk disk_;
  std::optional<std::string> acknowledged_;
  std::string attempted_;
};

TEST(RecoveryModel, every_acknowledged_entry_is_there_after_every_crash_and_none_is_half_there) {
  for (std::uint32_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    CrashingWorld world(seed);
    for (int life = 0; life < 12; ++life) ASSERT_TRUE(world.live()) << "life " << life;
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(RecoveryModel, a_disk_that_fails_to_sync_gets_no_more_acknowledgements) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    disk::MemoryDisk disk;
    std::string acknowledged;
    {
      StateMachine machine;
      auto log = DurableLog::open(disk, "data", machine, {}, kTinyLimits);
      ASSERT_TRUE(log);
      const std::uint32_t good = random() % 20;
      for (std::uint32_t i = 0; i < 40; ++i) {
        if (i == good) disk.fail_syncs(1);
        const std::vector<storage::Entry> batch = {random_entry(random, machine)};
        const std::vector<std::string> encoded = {batch[0].SerializeAsString()};
        if (!(*log)->append(encoded)) continue;
        ASSERT_FALSE((*log)->broken());
        std::ignore = machine.apply(batch[0], {});
      }
      acknowledged = fmt::format("{:x} {}", machine.store().hash(0).value(), machine.store().revision());
    }
    disk.restart(seed);
    StateMachine machine;
    ASSERT_TRUE(DurableLog::open(disk, "data", machine, {}, kTinyLimits));
    EXPECT_EQ(fmt::format("{:x} {}", machine.store().hash(0).value(), machine.store().revision()), acknowledged);
  }
}

}  // namespace
}  // namespace skerry::platform::etcd
