// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/compaction_policy.h"

#include <gtest/gtest.h>

#include <string>

namespace skerry::platform::etcd {
namespace {

void write_revisions(MvccStore& store, int count, std::size_t value_bytes) {
  for (int i = 0; i < count; ++i) {
    MvccStore::Write write(store);
    write.put("a", std::string(value_bytes, 'x'), kNoLease);
    write.finish();
  }
}

TEST(CompactionPolicy, nothing_is_due_while_the_history_is_small) {
  MvccStore store;
  EXPECT_EQ(compaction_due(store, {}), std::nullopt);
  write_revisions(store, 99, 10);
  EXPECT_EQ(compaction_due(store, {}), std::nullopt);
}

TEST(CompactionPolicy, the_older_half_goes_when_there_are_too_many_revisions) {
  MvccStore store;
  write_revisions(store, 100, 10);
  const CompactionPolicy policy{.max_revisions = 100, .max_history_bytes = 0};
  auto due = compaction_due(store, policy);
  ASSERT_TRUE(due);
  EXPECT_EQ(*due, 51);
  ASSERT_TRUE(store.compact(*due));
  EXPECT_EQ(compaction_due(store, policy), std::nullopt) << "not while the last one is under way";
  while (store.compact_step(1000)) {
  }
  EXPECT_EQ(compaction_due(store, policy), std::nullopt);
  write_revisions(store, 50, 10);
  EXPECT_TRUE(compaction_due(store, policy));
}

TEST(CompactionPolicy, the_older_half_goes_when_the_history_is_too_large) {
  MvccStore store;
  const CompactionPolicy policy{.max_revisions = 0, .max_history_bytes = 100'000};
  write_revisions(store, 50, 1000);
  EXPECT_EQ(compaction_due(store, policy), std::nullopt);
  write_revisions(store, 50, 1000);
  auto due = compaction_due(store, policy);
  ASSERT_TRUE(due);
  ASSERT_TRUE(store.compact(*due));
  while (store.compact_step(1000)) {
  }
  EXPECT_LT(store.size_bytes(), 100'000u);
}

TEST(CompactionPolicy, live_data_is_no_reason_to_compact) {
  MvccStore store;
  for (int i = 0; i < 100; ++i) {
    MvccStore::Write write(store);
    write.put("key" + std::to_string(i), std::string(10'000, 'x'), kNoLease);
    write.finish();
  }
  EXPECT_EQ(compaction_due(store, {.max_revisions = 0, .max_history_bytes = 100'000}), std::nullopt);
}

TEST(CompactionPolicy, memory_stays_bounded_under_endless_writes) {
  MvccStore store;
  const CompactionPolicy policy{.max_revisions = 1000, .max_history_bytes = 0};
  for (int i = 0; i < 20'000; ++i) {
    write_revisions(store, 1, 100);
    if (auto due = compaction_due(store, policy)) {
      ASSERT_TRUE(store.compact(*due));
    }
    store.compact_step(10);
    ASSERT_LE(store.history_size(), 1200u);
  }
}

}  // namespace
}  // namespace skerry::platform::etcd
