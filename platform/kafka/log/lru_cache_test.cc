// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/lru_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace skerry::platform::kafka::log {
namespace {

TEST(LruCache, drops_what_was_not_asked_for_the_longest) {
  LruCache<std::string, int> cache(3);
  cache.put("a", 1, 1);
  cache.put("b", 2, 1);
  cache.put("c", 3, 1);
  EXPECT_EQ(cache.get("a"), 1);
  cache.put("d", 4, 1);
  EXPECT_EQ(cache.get("b"), std::nullopt);
  EXPECT_EQ(cache.get("a"), 1);
  EXPECT_EQ(cache.get("c"), 3);
  EXPECT_EQ(cache.get("d"), 4);
}

TEST(LruCache, stays_below_its_weight) {
  LruCache<int, int> cache(10);
  for (int i = 0; i < 100; ++i) {
    cache.put(i, i, static_cast<std::size_t>(i % 7));
    EXPECT_LE(cache.weight(), 10u);
  }
  cache.put(200, 1, 11);
  EXPECT_EQ(cache.get(200), std::nullopt) << "heavier than everything";
}

TEST(LruCache, replaces_and_erases) {
  LruCache<int, int> cache(10);
  cache.put(1, 1, 5);
  cache.put(1, 2, 6);
  EXPECT_EQ(cache.get(1), 2);
  EXPECT_EQ(cache.weight(), 6u);
  cache.erase(1);
  cache.erase(1);
  EXPECT_EQ(cache.get(1), std::nullopt);
  EXPECT_EQ(cache.weight(), 0u);
}

}  // namespace
}  // namespace skerry::platform::kafka::log
