// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/watcher_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace skerry::platform::etcd {
namespace {

struct IndexedWatcher {
  explicit IndexedWatcher(KeyRange watched) : range(std::move(watched)) {}
  KeyRange range;
  WatcherIndex<IndexedWatcher>::Slot slot;
};
using TestIndex = WatcherIndex<IndexedWatcher>;

std::set<const IndexedWatcher*> found_for(TestIndex& index, std::string_view key) {
  std::set<const IndexedWatcher*> found;
  index.visit(key, [&](TestIndex::Group& group) {
    for (const IndexedWatcher* watcher : group.members) EXPECT_TRUE(found.insert(watcher).second) << "found twice";
  });
  return found;
}

TEST(WatcherIndex, finds_single_keys_and_ranges) {
  TestIndex index;
  IndexedWatcher single(KeyRange::from_request("b", ""));
  IndexedWatcher range(KeyRange::from_request("a", "c"));
  IndexedWatcher tail(KeyRange::from_request("b", {"\0", 1}));
  for (IndexedWatcher* watcher : {&single, &range, &tail}) index.insert(*watcher);
  EXPECT_EQ(found_for(index, "b"), (std::set<const IndexedWatcher*>{&single, &range, &tail}));
  EXPECT_EQ(found_for(index, "a"), (std::set<const IndexedWatcher*>{&range}));
  EXPECT_EQ(found_for(index, "z"), (std::set<const IndexedWatcher*>{&tail}));
  EXPECT_TRUE(found_for(index, "A").empty());
  for (IndexedWatcher* watcher : {&single, &range, &tail}) index.erase(*watcher);
  EXPECT_TRUE(found_for(index, "b").empty());
  EXPECT_EQ(index.size(), 0u);
}

TEST(WatcherIndex, watchers_of_one_range_share_a_group) {
  TestIndex index;
  std::vector<std::unique_ptr<IndexedWatcher>> watchers;
  for (int i = 0; i < 10; ++i) {
    watchers.push_back(std::make_unique<IndexedWatcher>(KeyRange::prefix("p")));
    index.insert(*watchers.back());
  }
  int groups = 0;
  index.visit("p1", [&](TestIndex::Group& group) {
    ++groups;
    EXPECT_EQ(group.members.size(), 10u);
  });
  EXPECT_EQ(groups, 1);
}

TEST(WatcherIndex, looks_only_at_ranges_near_the_key) {
  TestIndex index;
  std::vector<std::unique_ptr<IndexedWatcher>> watchers;
  for (int i = 0; i < 10'000; ++i) {
    char begin[16];
    std::snprintf(begin, sizeof begin, "%06d", i);
    watchers.push_back(std::make_unique<IndexedWatcher>(KeyRange::prefix(begin)));
    index.insert(*watchers.back());
  }
  int visited = 0;
  for (int i = 0; i < 10'000; ++i) {
    char key[16];
    std::snprintf(key, sizeof key, "%06d/x", i);
    index.visit(key, [&](TestIndex::Group&) { ++visited; });
  }
  EXPECT_EQ(visited, 10'000);
}

TEST(WatcherIndex, agrees_with_a_scan_under_random_insertions_and_removals) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    auto random_key = [&] {
      std::string key(1 + random() % 2, 'a');
      for (char& c : key) c = static_cast<char>('a' + random() % 4);
      return key;
    };
    TestIndex index;
    std::vector<std::unique_ptr<IndexedWatcher>> watchers;
    for (int i = 0; i < 400; ++i) {
      if (watchers.empty() || random() % 5 != 0) {
        const std::string key = random_key();
        const std::string ends[] = {"", std::string(1, '\0'), random_key()};
        watchers.push_back(std::make_unique<IndexedWatcher>(KeyRange::from_request(key, ends[random() % 3])));
        index.insert(*watchers.back());
      } else {
        const std::size_t victim = random() % watchers.size();
        index.erase(*watchers[victim]);
        watchers.erase(watchers.begin() + static_cast<std::ptrdiff_t>(victim));
      }
      const std::string key = random_key();
      std::set<const IndexedWatcher*> expected;
      for (const auto& watcher : watchers)
        if (watcher->range.contains(key)) expected.insert(watcher.get());
      ASSERT_EQ(found_for(index, key), expected);
    }
  }
}

}  // namespace
}  // namespace skerry::platform::etcd
