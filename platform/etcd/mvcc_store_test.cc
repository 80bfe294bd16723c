// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/mvcc_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace skerry::platform::etcd {
namespace {

std::vector<Event> store_put(MvccStore& store, std::string_view key, std::string_view value, LeaseId lease = kNoLease) {
  MvccStore::Write write(store);
  write.put(key, value, lease);
  return write.finish();
}

std::vector<Event> store_delete(MvccStore& store, const KeyRange& range) {
  MvccStore::Write write(store);
  write.delete_range(range);
  return write.finish();
}

std::vector<Event> store_delete(MvccStore& store, std::string_view key) {
  return store_delete(store, KeyRange::from_request(key, ""));
}

// "a=1 b=2": the state at a revision.
std::string state_at(const MvccStore& store, Revision revision) {
  auto result = store.range(KeyRange::all(), {.revision = revision});
  if (!result) return std::string(result.error().message());
  std::string text;
  for (const auto& kv : result->kvs) text += (text.empty() ? "" : " ") + kv->key + "=" + kv->value;
  return text;
}

void compact_fully(MvccStore& store, Revision revision) {
  ASSERT_TRUE(store.compact(revision));
  while (store.compact_step(1)) {
  }
}

TEST(MvccStore, starts_at_revision_one_and_the_first_write_makes_two) {
  MvccStore store;
  EXPECT_EQ(store.revision(), 1);
  auto events = store_put(store, "a", "1");
  EXPECT_EQ(store.revision(), 2);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kv->mod_revision, 2);
  EXPECT_EQ(events[0].kv->create_revision, 2);
  EXPECT_EQ(events[0].kv->version, 1);
  EXPECT_TRUE(events[0].is_create());
  EXPECT_EQ(events[0].previous, nullptr);
}

TEST(MvccStore, all_changes_of_one_write_share_a_revision_and_keep_their_order) {
  MvccStore store;
  MvccStore::Write write(store);
  write.put("b", "1", kNoLease);
  EXPECT_EQ(write.revision(), 2);
  write.put("a", "2", kNoLease);
  auto events = write.finish();
  EXPECT_EQ(store.revision(), 2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kv->key, "b");
  EXPECT_EQ(events[0].kv->sub_revision, 0);
  EXPECT_EQ(events[1].kv->key, "a");
  EXPECT_EQ(events[1].kv->sub_revision, 1);
}

TEST(MvccStore, a_write_that_changes_nothing_keeps_the_revision) {
  MvccStore store;
  EXPECT_TRUE(store_delete(store, "absent").empty());
  EXPECT_EQ(store.revision(), 1);
}

TEST(MvccStore, putting_the_same_value_again_still_makes_a_revision) {
  MvccStore store;
  store_put(store, "a", "1");
  auto events = store_put(store, "a", "1");
  EXPECT_EQ(events[0].kv->version, 2);
  EXPECT_EQ(events[0].kv->create_revision, 2);
  EXPECT_EQ(events[0].kv->mod_revision, 3);
  EXPECT_EQ(events[0].previous->mod_revision, 2);
}

TEST(MvccStore, a_deleted_key_that_comes_back_starts_again_at_version_one) {
  MvccStore store;
  store_put(store, "a", "1");
  auto deleted = store_delete(store, "a");
  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_TRUE(deleted[0].is_delete());
  EXPECT_EQ(deleted[0].kv->mod_revision, 3);
  EXPECT_EQ(deleted[0].kv->create_revision, 0);
  EXPECT_EQ(deleted[0].previous->value, "1");
  auto again = store_put(store, "a", "2");
  EXPECT_EQ(again[0].kv->version, 1);
  EXPECT_EQ(again[0].kv->create_revision, 4);
  EXPECT_EQ(again[0].previous, nullptr);
}

TEST(MvccStore, delete_range_deletes_in_key_order_in_one_revision) {
  MvccStore store;
  store_put(store, "b", "1");
  store_put(store, "a", "2");
  store_put(store, "c", "3");
  auto events = store_delete(store, KeyRange::from_request("a", "c"));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].kv->key, "a");
  EXPECT_EQ(events[1].kv->key, "b");
  EXPECT_EQ(store.revision(), 5);
  EXPECT_EQ(state_at(store, 0), "c=3");
}

TEST(MvccStore, reads_inside_a_write_see_what_it_did_so_far) {
  MvccStore store;
  store_put(store, "a", "1");
  MvccStore::Write write(store);
  write.put("a", "2", kNoLease);
  EXPECT_EQ(state_at(store, 0), "a=2");
  EXPECT_EQ(state_at(store, 2), "a=1");
  EXPECT_FALSE(store.range(KeyRange::all(), {.revision = 3}));
  write.finish();
  EXPECT_EQ(state_at(store, 3), "a=2");
}

TEST(MvccStore, every_past_revision_can_be_read) {
  MvccStore store;
  store_put(store, "a", "1");
  store_put(store, "b", "1");
  store_put(store, "a", "2");
  store_delete(store, "b");
  EXPECT_EQ(state_at(store, 1), "");
  EXPECT_EQ(state_at(store, 2), "a=1");
  EXPECT_EQ(state_at(store, 3), "a=1 b=1");
  EXPECT_EQ(state_at(store, 4), "a=2 b=1");
  EXPECT_EQ(state_at(store, 5), "a=2");
}

TEST(MvccStore, a_limit_cuts_the_entries_and_not_the_count) {
  MvccStore store;
  for (const char* key : {"a", "b", "c"}) store_put(store, key, "x");
  auto result = store.range(KeyRange::all(), {.limit = 2});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->kvs.size(), 2u);
  EXPECT_EQ(result->count, 3);
  auto counted = store.range(KeyRange::all(), {.count_only = true});
  ASSERT_TRUE(counted);
  EXPECT_TRUE(counted->kvs.empty());
  EXPECT_EQ(counted->count, 3);
}

TEST(MvccStore, refuses_future_and_compacted_revisions_with_the_texts_clients_match) {
  MvccStore store;
  store_put(store, "a", "1");
  store_put(store, "a", "2");
  auto future = store.range(KeyRange::all(), {.revision = 4});
  ASSERT_FALSE(future);
  EXPECT_EQ(future.error(), Error::out_of_range("etcdserver: mvcc: required revision is a future revision"));
  compact_fully(store, 3);
  auto compacted = store.range(KeyRange::all(), {.revision = 2});
  ASSERT_FALSE(compacted);
  EXPECT_EQ(compacted.error(), Error::out_of_range("etcdserver: mvcc: required revision has been compacted"));
}

TEST(MvccStore, the_compact_revision_itself_stays_readable) {
  MvccStore store;
  store_put(store, "a", "1");
  store_put(store, "a", "2");
  store_put(store, "a", "3");
  compact_fully(store, 3);
  EXPECT_EQ(state_at(store, 3), "a=2");
  EXPECT_EQ(state_at(store, 4), "a=3");
}

TEST(MvccStore, compaction_refuses_what_is_not_above_the_last_one_or_in_the_future) {
  MvccStore store;
  store_put(store, "a", "1");
  EXPECT_EQ(store.compact(3).error().message(), "etcdserver: mvcc: required revision is a future revision");
  EXPECT_TRUE(store.compact(2));
  EXPECT_EQ(store.compact(2).error().message(), "etcdserver: mvcc: required revision has been compacted");
  EXPECT_EQ(store.compact(1).error().message(), "etcdserver: mvcc: required revision has been compacted");
}

TEST(MvccStore, reads_are_right_while_compaction_is_half_done) {
  MvccStore store;
  for (int i = 0; i < 10; ++i) store_put(store, "a", std::to_string(i));
  ASSERT_TRUE(store.compact(8));
  EXPECT_TRUE(store.compact_step(2));
  EXPECT_TRUE(store.compaction_pending());
  EXPECT_EQ(state_at(store, 7), "etcdserver: mvcc: required revision has been compacted");
  EXPECT_EQ(state_at(store, 8), "a=6");
  EXPECT_EQ(state_at(store, 9), "a=7");
  while (store.compact_step(2)) {
  }
  EXPECT_EQ(state_at(store, 8), "a=6");
}

TEST(MvccStore, compaction_gives_memory_back) {
  MvccStore store;
  for (int i = 0; i < 1000; ++i) store_put(store, "a", std::string(1000, 'x'));
  EXPECT_GT(store.size_bytes(), 1'000'000u);
  compact_fully(store, store.revision());
  EXPECT_LT(store.size_bytes(), 2'000u);
  EXPECT_EQ(store.history_size(), 1u);
  EXPECT_EQ(store.size_bytes(), store.live_size_bytes());
}

TEST(MvccStore, compaction_forgets_keys_that_were_deleted_before_it) {
  MvccStore store;
  store_put(store, "a", "1");
  store_delete(store, "a");
  store_put(store, "b", "1");
  compact_fully(store, 4);
  EXPECT_EQ(store.live_keys(), 1u);
  EXPECT_EQ(store.size_bytes(), store.live_size_bytes());
  // The next one lets go of what the first had to keep at its own revision.
  store_delete(store, "b");
  compact_fully(store, 5);
  EXPECT_GT(store.size_bytes(), 0u);
  store_put(store, "c", "1");
  compact_fully(store, 6);
  EXPECT_EQ(store.size_bytes(), store.live_size_bytes());
}

TEST(MvccStore, compaction_keeps_a_tombstone_at_exactly_its_revision) {
  MvccStore store;
  store_put(store, "a", "1");
  store_delete(store, "a");
  compact_fully(store, 3);
  auto events = store.history(3, 10);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_TRUE(events[0].is_delete());
  EXPECT_EQ(events[0].kv->mod_revision, 3);
  EXPECT_EQ(events[0].previous, nullptr);
}

TEST(MvccStore, history_never_splits_a_revision) {
  MvccStore store;
  {
    MvccStore::Write write(store);
    for (const char* key : {"a", "b", "c"}) write.put(key, "1", kNoLease);
    write.finish();
  }
  store_put(store, "d", "1");
  EXPECT_EQ(store.history(2, 1).size(), 3u);
  EXPECT_EQ(store.history(2, 3).size(), 3u);
  EXPECT_EQ(store.history(2, 4).size(), 4u);
  EXPECT_EQ(store.history(3, 4).size(), 1u);
  EXPECT_TRUE(store.history(4, 4).empty());
}

TEST(MvccStore, history_shows_the_version_before_each_change) {
  MvccStore store;
  store_put(store, "a", "1");
  store_put(store, "a", "2");
  store_put(store, "a", "3");
  compact_fully(store, 3);
  auto events = store.history(3, 10);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].previous, nullptr) << "compacted away";
  ASSERT_NE(events[1].previous, nullptr);
  EXPECT_EQ(events[1].previous->value, "2");
}

TEST(MvccStore, hash_does_not_depend_on_how_far_compaction_got) {
  MvccStore store;
  for (int i = 0; i < 20; ++i) store_put(store, i % 2 == 0 ? "a" : "b", std::to_string(i));
  store_delete(store, "a");
  auto before = store.hash(0);
  ASSERT_TRUE(store.compact(15));
  auto compacted = store.hash(0);
  store.compact_step(5);
  auto half = store.hash(0);
  while (store.compact_step(100)) {
  }
  auto done = store.hash(0);
  ASSERT_TRUE(before && compacted && half && done);
  EXPECT_NE(*before, *compacted);
  EXPECT_EQ(*compacted, *half);
  EXPECT_EQ(*compacted, *done);
}

TEST(MvccStore, hash_changes_with_every_field) {
  auto hash_of = [](std::string_view key, std::string_view value, LeaseId lease) {
    MvccStore store;
    store_put(store, key, value, lease);
    return store.hash(0).value();
  };
  const auto base = hash_of("ab", "c", 0);
  EXPECT_EQ(base, hash_of("ab", "c", 0));
  EXPECT_NE(base, hash_of("a", "bc", 0));
  EXPECT_NE(base, hash_of("ab", "d", 0));
  EXPECT_NE(base, hash_of("ab", "c", 7));
}

}  // namespace
}  // namespace skerry::platform::etcd
