// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/durable_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/etcd/proto_text.h"
#include "platform/etcd/snapshot_source.h"
#include "platform/etcd/state_fixture.h"
#include "skerry/disk/memory_disk.h"

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;

// A machine and its log, used as the server uses them: durable first, then applied.
class DurableMachine {
 public:
  explicit DurableMachine(disk::Disk& disk, LogLimits limits = {}, StateMachine::Time now = {})
      : now_(now), log_(DurableLog::open(disk, "data", machine_, now, limits)) {}

  bool opened() const { return log_.has_value(); }
  const Error& error() const { return log_.error(); }
  DurableLog& log() { return **log_; }
  StateMachine& machine() { return machine_; }

  Result<> commit(const std::vector<storage::Entry>& entries) {
    std::vector<std::string> encoded;
    for (const auto& entry : entries) encoded.push_back(entry.SerializeAsString());
    if (auto durable = (*log_)->append(encoded); !durable) return durable;
    for (const auto& entry : entries) std::ignore = machine_.apply(entry, now_);
    return {};
  }
  Result<> commit(const std::string& text) { return commit(std::vector{from_text<storage::Entry>(text)}); }

  Result<> take_snapshot() {
    auto writer = (*log_)->begin_snapshot();
    if (!writer) return fail(std::move(writer));
    SnapshotSource source(machine_, (*log_)->last_index());
    while (auto step = source.next())
      for (const auto& chunk : step->encode())
        if (auto added = (*writer)->add(chunk); !added) return added;
    if (auto finished = (*writer)->finish(); !finished) return finished;
    return (*log_)->release_covered(**writer);
  }

 private:
  StateMachine machine_;
  StateMachine::Time now_;
  Result<std::unique_ptr<DurableLog>> log_;
};

// The state without the term, which counts processes and so differs after every restart.
std::string state_without_term(const StateMachine& machine) {
  std::string text = describe_state(machine);
  const auto end = text.find('\n');
  return text.substr(0, text.rfind(' ', end)) + text.substr(end);
}

TEST(DurableLog, gives_ids_once_and_a_new_term_each_time) {
  disk::MemoryDisk disk;
  storage::Start first;
  {
    DurableMachine opened(disk);
    ASSERT_TRUE(opened.opened());
    first = opened.machine().start();
    EXPECT_NE(first.cluster_id(), 0u);
    EXPECT_NE(first.member_id(), 0u);
    EXPECT_EQ(first.term(), 1u);
  }
  DurableMachine again(disk);
  EXPECT_EQ(again.machine().start().cluster_id(), first.cluster_id());
  EXPECT_EQ(again.machine().start().member_id(), first.member_id());
  EXPECT_EQ(again.machine().start().term(), 2u);
}

TEST(DurableLog, a_state_comes_back_from_the_log_from_a_snapshot_and_from_both) {
  disk::MemoryDisk disk;
  std::string expected;
  {
    DurableMachine opened(disk, {.max_segment_bytes = 200});
    ASSERT_TRUE(opened.commit("lease_grant { ID: 5 TTL: 60 }"));
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(opened.commit(fmt::format("put {{ key: 'k{}' lease: 5 }}", i)));
    expected = state_without_term(opened.machine());
  }
  {
    DurableMachine opened(disk, {.max_segment_bytes = 200});
    EXPECT_EQ(state_without_term(opened.machine()), expected);
    ASSERT_TRUE(opened.take_snapshot());
    EXPECT_LE(disk.list("data")->size(), 2u) << "one snapshot and one segment";
  }
  {
    DurableMachine opened(disk, {.max_segment_bytes = 200});
    EXPECT_EQ(state_without_term(opened.machine()), expected);
    ASSERT_TRUE(opened.commit("put { key: 'after' }"));
    expected = state_without_term(opened.machine());
  }
  DurableMachine opened(disk, {.max_segment_bytes = 200});
  EXPECT_EQ(state_without_term(opened.machine()), expected);
}

TEST(DurableLog, leases_live_on_with_their_full_time) {
  disk::MemoryDisk disk;
  const StateMachine::Time start = StateMachine::Time() + 5000s;
  {
    DurableMachine opened(disk, {}, start);
    ASSERT_TRUE(opened.commit("lease_grant { ID: 5 TTL: 60 }"));
    ASSERT_TRUE(opened.commit("put { key: 'a' lease: 5 }"));
  }
  const StateMachine::Time later = start + 1000s;
  DurableMachine opened(disk, {}, later);
  EXPECT_EQ(opened.machine().leases().status(5, later)->remaining, 60s);
  EXPECT_EQ(opened.machine().leases().keys(5), std::vector<std::string>{"a"});
  EXPECT_TRUE(opened.machine().take_due_leases(later, 10).empty());
  EXPECT_EQ(opened.machine().take_due_leases(later + 60s, 10).size(), 1u);
}

TEST(DurableLog, wants_a_snapshot_when_the_log_has_grown_and_not_again_at_once) {
  disk::MemoryDisk disk;
  DurableMachine opened(disk, {.max_segment_bytes = 1000, .min_bytes_between_snapshots = 5000});
  EXPECT_FALSE(opened.log().wants_snapshot());
  while (!opened.log().wants_snapshot()) ASSERT_TRUE(opened.commit("put { key: 'a' value: 'some value' }"));
  EXPECT_GE(opened.log().size_bytes(), 5000u);
  ASSERT_TRUE(opened.take_snapshot());
  EXPECT_FALSE(opened.log().wants_snapshot());
}

TEST(DurableLog, the_disk_stays_bounded_under_endless_writes) {
  disk::MemoryDisk disk;
  DurableMachine opened(disk, {.max_segment_bytes = 1000, .min_bytes_between_snapshots = 10'000});
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(opened.commit("put { key: 'a' value: 'some value' }"));
    ASSERT_TRUE(opened.commit(fmt::format("compaction {{ revision: {} }}", opened.machine().store().revision())));
    while (opened.machine().compact_step(100)) {
    }
    if (opened.log().wants_snapshot()) ASSERT_TRUE(opened.take_snapshot());
    ASSERT_LE(opened.log().size_bytes(), 15'000u);
  }
}

TEST(DurableLog, an_entry_that_is_not_understood_is_refused) {
  disk::MemoryDisk disk;
  {
    DurableMachine opened(disk);
    const std::vector<std::string> entries = {"\xff\xff\xff"};
    ASSERT_TRUE(opened.log().append(entries));
  }
  DurableMachine opened(disk);
  ASSERT_FALSE(opened.opened());
  EXPECT_EQ(opened.error().code(), Code::kDataLoss);
}

TEST(DurableLog, a_damaged_snapshot_is_refused_and_never_served) {
  disk::MemoryDisk disk;
  {
    DurableMachine opened(disk);
    ASSERT_TRUE(opened.commit("put { key: 'a' value: 'some value' }"));
    ASSERT_TRUE(opened.take_snapshot());
  }
  for (const std::string& name : *disk.list("data"))
    if (name.ends_with(".snapshot")) disk.corrupt("data/" + name, 60, 0x20);
  DurableMachine opened(disk);
  ASSERT_FALSE(opened.opened());
  EXPECT_EQ(opened.error().code(), Code::kDataLoss);
}

}  // namespace
}  // namespace skerry::platform::etcd
