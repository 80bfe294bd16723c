// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/keyed_mutex.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"

namespace shop {
namespace {

using skerry::Task;

// How many tasks hold the mutex of a key, and the most that there were.
struct Holders {
  int now = 0;
  int most = 0;
};

Task<> hold_for_a_moment(KeyedMutex& mutexes, std::string key, Holders& holders) {
  KeyedMutex::Use use(mutexes, std::move(key));
  auto guard = co_await use.mutex().lock();
  holders.most = std::max(holders.most, ++holders.now);
  co_await skerry::yield();
  co_await skerry::yield();
  --holders.now;
}

TEST(KeyedMutex, tasks_of_one_key_follow_each_other_and_others_do_not_wait) {
  skerry::Runtime runtime({.workers = 1});
  KeyedMutex mutexes;
  Holders same;
  Holders different;
  const auto outcome = runtime.run([&]() -> Task<> {
    co_await skerry::with_scope([&](skerry::Scope& scope) -> Task<> {
      for (int i = 0; i < 10; ++i) {
        scope.go([&]() -> Task<> { co_await hold_for_a_moment(mutexes, "same", same); });
        scope.go([&, i]() -> Task<> { co_await hold_for_a_moment(mutexes, std::to_string(i), different); });
      }
      co_return;
    });
  });
  EXPECT_TRUE(outcome);
  EXPECT_EQ(same.most, 1);
  EXPECT_GT(different.most, 1);
}

TEST(KeyedMutex, a_key_that_nobody_uses_costs_nothing) {
  skerry::Runtime runtime({.workers = 1});
  KeyedMutex mutexes;
  const auto outcome = runtime.run([&]() -> Task<> {
    Holders holders;
    co_await hold_for_a_moment(mutexes, "a", holders);
    EXPECT_EQ(mutexes.size(), 0u);
    KeyedMutex::Use first(mutexes, "a");
    {
      KeyedMutex::Use second(mutexes, "a");
      EXPECT_EQ(&first.mutex(), &second.mutex());
    }
    EXPECT_EQ(mutexes.size(), 1u);
  });
  EXPECT_TRUE(outcome);
}

}  // namespace
}  // namespace shop
