// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/snapshot_source.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/etcd/proto_text.h"
#include "platform/etcd/snapshot_file.h"
#include "platform/etcd/state_fixture.h"

namespace skerry::platform::etcd {
namespace {

using SnapshotChunks = std::vector<std::string>;

SnapshotChunks all_chunks(SnapshotSource& source) {
  SnapshotChunks chunks;
  while (auto step = source.next())
    for (auto& chunk : step->encode()) chunks.push_back(std::move(chunk));
  return chunks;
}

Result<> restore(StateMachine& machine, const SnapshotChunks& chunks) {
  SnapshotSink sink(machine, {});
  for (const auto& chunk : chunks)
    if (auto added = sink.add(chunk); !added) return added;
  return sink.finish();
}

void apply_text(StateMachine& machine, const std::string& entry) {
  ASSERT_TRUE(machine.apply(from_text<storage::Entry>(entry), {}).response) << entry;
}

TEST(SnapshotSource, a_fresh_machine_comes_back) {
  StateMachine machine;
  SnapshotSource source(machine, 1);
  StateMachine copy;
  ASSERT_TRUE(restore(copy, all_chunks(source)));
  EXPECT_EQ(describe_state(copy), describe_state(machine));
}

TEST(SnapshotSource, random_states_come_back_and_go_on_alike) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    StateMachine machine;
    for (int i = 0; i < 200; ++i) {
      machine.apply(random_entry(random, machine), {});
      if (random() % 8 == 0) machine.compact_step(3);
    }
    SnapshotSource source(machine, 200);
    StateMachine copy;
    ASSERT_TRUE(restore(copy, all_chunks(source)));
    ASSERT_EQ(describe_state(copy), describe_state(machine));
    for (int i = 0; i < 50; ++i) {
      const auto entry = random_entry(random, machine);
      const bool applied = machine.apply(entry, {}).response.has_value();
      EXPECT_EQ(copy.apply(entry, {}).response.has_value(), applied);
    }
    ASSERT_EQ(describe_state(copy), describe_state(machine));
  }
}

TEST(SnapshotSource, what_changes_while_it_is_read_is_not_in_it) {
  StateMachine machine;
  apply_text(machine, "lease_grant { ID: 5 TTL: 60 }");
  for (int i = 0; i < 3000; ++i)
    apply_text(machine, fmt::format("put {{ key: '{:05}' value: 'old' lease: {} }}", i, i % 2 * 5));
  const std::string before = describe_state(machine);
  SnapshotSource source(machine, 7);
  SnapshotChunks chunks;
  int steps = 0;
  while (auto step = source.next()) {
    ++steps;
    apply_text(machine, "put { key: '00000' value: 'new' }");
    apply_text(machine, "put { key: '02999' value: 'new' }");
    apply_text(machine, fmt::format("delete_range {{ key: '{:05}' }}", 1000 + steps));
    if (steps == 2) apply_text(machine, "lease_revoke { ID: 5 }");
    for (auto& chunk : step->encode()) chunks.push_back(std::move(chunk));
  }
  EXPECT_GT(steps, 2);
  StateMachine copy;
  ASSERT_TRUE(restore(copy, chunks));
  EXPECT_EQ(describe_state(copy), before);
}

TEST(SnapshotSource, a_key_with_large_versions_is_spread_over_chunks) {
  StateMachine machine;
  storage::Entry entry;
  entry.mutable_put()->set_key("large");
  entry.mutable_put()->set_value(std::string(1'500'000, 'x'));
  for (int i = 0; i < 12; ++i) machine.apply(entry, {});
  SnapshotSource source(machine, 12);
  auto chunks = all_chunks(source);
  for (const auto& chunk : chunks) EXPECT_LE(chunk.size(), kMaxSnapshotChunkBytes);
  EXPECT_GT(chunks.size(), 3u);
  StateMachine copy;
  ASSERT_TRUE(restore(copy, chunks));
  EXPECT_EQ(describe_state(copy), describe_state(machine));
}

TEST(SnapshotSink, refuses_chunks_that_no_source_makes) {
  const auto chunk = [](const std::string& text) {
    return from_text<storage::SnapshotChunk>(text).SerializeAsString();
  };
  const auto refused = [&](const SnapshotChunks& chunks) {
    StateMachine machine;
    auto result = restore(machine, chunks);
    return !result && result.error().code() == Code::kDataLoss;
  };
  const std::string head = chunk("head { index: 1 revision: 2 }");
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused({"\xff\xff"}));
  EXPECT_TRUE(refused({head, head}));
  EXPECT_TRUE(refused({chunk("keys { }")}));
  EXPECT_TRUE(refused({head, chunk("")}));
  EXPECT_TRUE(refused({head, chunk("keys { keys { key: 'a' versions { mod_revision: 9 version: 1 } } }")}));
  EXPECT_TRUE(refused({head, chunk("keys { keys { key: 'a' versions { mod_revision: 2 version: 1 lease: 4 } } }")}));
  EXPECT_TRUE(refused({head, chunk("leases { leases { id: 0 time_to_live_seconds: 5 } }")}));
  EXPECT_FALSE(refused({head, chunk("keys { keys { key: 'a' versions { mod_revision: 2 version: 1 } } }")}));
}

}  // namespace
}  // namespace skerry::platform::etcd
