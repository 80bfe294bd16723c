// SPDX-License-Identifier: Apache-2.0
//
// The store against a model that keeps a whole map for every revision, under random operations.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "platform/etcd/mvcc_store.h"

namespace skerry::platform::etcd {
namespace {

struct ModelValue {
  std::string value;
  Revision create_revision = 0;
  Revision mod_revision = 0;
  std::int64_t version = 0;
  LeaseId lease = 0;
};

struct ModelChange {
  std::string key;
  Revision revision = 0;
  bool is_delete = false;
  bool has_previous = false;
};

// What a store is, written as plainly as can be.
struct StoreModel {
  std::map<Revision, std::map<std::string, ModelValue>> states = {{1, {}}};
  std::vector<ModelChange> changes;
  Revision revision = 1;
  Revision compacted = 0;
};

class StoreAndModel {
 public:
  explicit StoreAndModel(std::uint32_t seed) : random_(seed) {}

  void step() {
    const int choice = pick(100);
    if (choice < 70) {
      write();
    } else if (choice < 75 && model_.revision > model_.compacted) {
      compact();
    } else if (choice < 85) {
      store_.compact_step(static_cast<std::size_t>(pick(5)));
    } else {
      compare_some_range();
    }
  }

  void compare_everything() {
    for (Revision at = std::max<Revision>(1, model_.compacted); at <= model_.revision; ++at)
      compare_range(KeyRange::all(), at);
    compare_history();
  }

  void move_to_a_restored_store(MvccStore& fresh) {
    std::string from;
    std::optional<std::string> next = "";
    while (next) {
      from = *next;
      next = store_.visit_versions(from, store_.revision(), store_.compact_revision(), 3,
                                   [&](const std::string&, const std::vector<KeyValuePointer>& versions) {
                                     std::vector<KeyValue> copies;
                                     for (const auto& kv : versions) copies.push_back(*kv);
                                     ASSERT_TRUE(fresh.add_restored(std::move(copies)));
                                   });
    }
    ASSERT_TRUE(fresh.finish_restore(store_.revision(), store_.compact_revision()));
    EXPECT_EQ(fresh.hash(0).value(), store_.hash(0).value());
    EXPECT_EQ(fresh.live_keys(), store_.live_keys());
    EXPECT_EQ(fresh.live_size_bytes(), store_.live_size_bytes());
    const Revision from_revision = std::max<Revision>(1, store_.compact_revision());
    auto expected = store_.history(from_revision, 1'000'000);
    auto actual = fresh.history(from_revision, 1'000'000);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      EXPECT_EQ(actual[i].kv->key, expected[i].kv->key);
      EXPECT_EQ(actual[i].kv->mod_revision, expected[i].kv->mod_revision);
      EXPECT_EQ(actual[i].previous == nullptr, expected[i].previous == nullptr);
    }
  }

  MvccStore& store() { return store_; }

 private:
  int pick(int bound) { return static_cast<int>(random_() % static_cast<std::uint32_t>(bound)); }
  std::string random_key() {
    std::string key(static_cast<std::size_t>(1 + pick(2)), 'a');
    for (char& c : key) c = static_cast<char>('a' + pick(4));
    return key;
  }
  KeyRange random_range() {
    switch (pick(4)) {
      case 0:
        return KeyRange::from_request(random_key(), "");
      case 1:
        return KeyRange::from_request(random_key(), {"\0", 1});
      case 2:
        return KeyRange::prefix(random_key().substr(0, 1));
      default:
        return KeyRange::from_request(random_key(), random_key());
    }
  }

  void write() {
    auto state = model_.states[model_.revision];
    const Revision next = model_.revision + 1;
    std::map<std::string, bool> touched;
    MvccStore::Write write(store_);
    for (int operations = 1 + pick(4); operations > 0; --operations) {
      if (pick(3) == 0) {
        delete_in_both(write, state, next, touched);
      } else {
        put_in_both(write, state, next, touched);
      }
    }
    const auto events = write.finish();
    ASSERT_EQ(events.size(), touched.size());
    if (!touched.empty()) model_.states[++model_.revision] = state;
    ASSERT_EQ(store_.revision(), model_.revision);
  }

  void put_in_both(MvccStore::Write& write, std::map<std::string, ModelValue>& state, Revision next,
                   std::map<std::string, bool>& touched) {
    const std::string key = random_key();
    if (touched.contains(key)) return;
    touched[key] = true;
    const std::string value = std::to_string(random_());
    const LeaseId lease = pick(3);
    auto found = state.find(key);
    auto previous = write.put(key, value, lease);
    ASSERT_EQ(previous != nullptr, found != state.end());
    model_.changes.push_back({key, next, false, found != state.end()});
    ModelValue& stored = state[key];
    stored = {value, stored.version == 0 ? next : stored.create_revision, next, stored.version + 1, lease};
  }

  void delete_in_both(MvccStore::Write& write, std::map<std::string, ModelValue>& state, Revision next,
                      std::map<std::string, bool>& touched) {
    const KeyRange range = random_range();
    for (const auto& [key, unused] : touched)
      if (range.contains(key) && state.contains(key)) return;  // would change a key twice in one revision
    std::vector<std::string> expected;
    for (const auto& [key, unused] : state)
      if (range.contains(key)) expected.push_back(key);
    auto deleted = write.delete_range(range);
    ASSERT_EQ(deleted.size(), expected.size());
    for (std::size_t i = 0; i < deleted.size(); ++i) {
      EXPECT_EQ(deleted[i]->key, expected[i]);
      state.erase(expected[i]);
      touched[expected[i]] = true;
      model_.changes.push_back({expected[i], next, true, true});
    }
  }

  void compact() {
    const Revision at = model_.compacted + 1 + pick(static_cast<int>(model_.revision - model_.compacted));
    ASSERT_TRUE(store_.compact(at));
    model_.compacted = at;
    model_.states.erase(model_.states.begin(), model_.states.lower_bound(at));
    std::erase_if(model_.changes, [&](const ModelChange& change) { return change.revision < at; });
  }

  void compare_some_range() {
    const Revision at = pick(static_cast<int>(model_.revision) + 3);
    compare_range(random_range(), at);
  }

  void compare_range(const KeyRange& range, Revision at) {
    const std::size_t limit = static_cast<std::size_t>(pick(4));
    auto result = store_.range(range, {.revision = at, .limit = limit});
    if (at > model_.revision || (at > 0 && at < model_.compacted)) {
      ASSERT_FALSE(result) << at;
      return;
    }
    ASSERT_TRUE(result) << result.error().to_string();
    std::vector<std::pair<std::string, ModelValue>> expected;
    for (const auto& [key, value] : model_.states[at == 0 ? model_.revision : at])
      if (range.contains(key)) expected.emplace_back(key, value);
    ASSERT_EQ(result->count, static_cast<std::int64_t>(expected.size()));
    if (limit > 0 && expected.size() > limit) expected.resize(limit);
    ASSERT_EQ(result->kvs.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const KeyValue& kv = *result->kvs[i];
      EXPECT_EQ(kv.key, expected[i].first);
      EXPECT_EQ(kv.value, expected[i].second.value);
      EXPECT_EQ(kv.create_revision, expected[i].second.create_revision);
      EXPECT_EQ(kv.mod_revision, expected[i].second.mod_revision);
      EXPECT_EQ(kv.version, expected[i].second.version);
      EXPECT_EQ(kv.lease, expected[i].second.lease);
    }
  }

  void compare_history() {
    const auto events = store_.history(std::max<Revision>(1, model_.compacted), 1'000'000);
    ASSERT_EQ(events.size(), model_.changes.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(events[i].kv->key, model_.changes[i].key);
      EXPECT_EQ(events[i].kv->mod_revision, model_.changes[i].revision);
      EXPECT_EQ(events[i].is_delete(), model_.changes[i].is_delete);
      EXPECT_EQ(events[i].previous != nullptr,
                model_.changes[i].has_previous && model_.changes[i].revision > model_.compacted);
    }
  }

  std::mt19937 random_;
  MvccStore store_;
  StoreModel model_;
};

TEST(MvccStoreModel, agrees_with_a_map_per_revision_under_random_operations) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    StoreAndModel both(seed);
    for (int i = 0; i < 120; ++i) {
      both.step();
      if (::testing::Test::HasFatalFailure()) return;
    }
    both.compare_everything();
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(MvccStoreModel, a_restored_store_is_the_same_store) {
  for (std::uint32_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(seed);
    StoreAndModel both(seed);
    for (int i = 0; i < 80; ++i) both.step();
    MvccStore fresh;
    both.move_to_a_restored_store(fresh);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(MvccStoreModel, a_snapshot_taken_in_steps_is_not_disturbed_by_later_writes_and_compactions) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    StoreAndModel both(seed);
    for (int i = 0; i < 60; ++i) both.step();
    MvccStore& store = both.store();
    const Revision at = store.revision();
    const Revision compacted = store.compact_revision();
    const auto hash = store.hash(at).value();
    MvccStore copy;
    std::optional<std::string> next = "";
    int writes = 0;
    while (next) {
      next = store.visit_versions(std::string(*next), at, compacted, 2, [&](const auto&, const auto& versions) {
        std::vector<KeyValue> copies;
        for (const auto& kv : versions) copies.push_back(*kv);
        ASSERT_TRUE(copy.add_restored(std::move(copies)));
      });
      MvccStore::Write write(store);
      write.put("k" + std::to_string(++writes), "new", kNoLease);
      write.put("a", "new", kNoLease);
      write.finish();
      if (store.compact(store.revision()).has_value() && writes > 1000) break;
    }
    ASSERT_TRUE(copy.finish_restore(at, compacted));
    EXPECT_EQ(copy.hash(0).value(), hash);
  }
}

TEST(MvccStore, restore_refuses_contents_no_store_can_have_had) {
  auto version = [](std::string key, Revision revision, std::int32_t sub) {
    return KeyValue{.key = std::move(key),
                    .create_revision = revision,
                    .mod_revision = revision,
                    .version = 1,
                    .sub_revision = sub};
  };
  MvccStore no_versions;
  EXPECT_EQ(no_versions.add_restored({}).error().code(), Code::kDataLoss);
  MvccStore keys_out_of_order;
  ASSERT_TRUE(keys_out_of_order.add_restored({version("b", 2, 0)}));
  EXPECT_FALSE(keys_out_of_order.add_restored({version("a", 3, 0)}));
  MvccStore versions_out_of_order;
  EXPECT_FALSE(versions_out_of_order.add_restored({version("a", 3, 0), version("a", 3, 1)}));
  MvccStore too_new;
  ASSERT_TRUE(too_new.add_restored({version("a", 9, 0)}));
  EXPECT_FALSE(too_new.finish_restore(8, 0));
  MvccStore same_place;
  ASSERT_TRUE(same_place.add_restored({version("a", 2, 0)}));
  ASSERT_TRUE(same_place.add_restored({version("b", 2, 0)}));
  EXPECT_FALSE(same_place.finish_restore(2, 0));
  MvccStore bad_compaction;
  EXPECT_FALSE(bad_compaction.finish_restore(2, 3));
}

}  // namespace
}  // namespace skerry::platform::etcd
