// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/append_watch.h"

#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

TEST(AppendWatch, wakes_for_its_partitions_alone) {
  AppendWatches watches;
  AppendWatch one = watches.watch({{1, 0}, {1, 1}});
  AppendWatch other = watches.watch({{2, 0}});
  watches.wake({1, 1});
  EXPECT_TRUE(one.woken());
  EXPECT_FALSE(other.woken());
  one.reset();
  EXPECT_FALSE(one.woken());
  watches.wake({3, 3});
  EXPECT_FALSE(one.woken());
}

TEST(AppendWatch, leaves_no_trace_when_it_ends) {
  AppendWatches watches;
  {
    AppendWatch one = watches.watch({{1, 0}, {1, 1}, {1, 0}});
    AppendWatch two = watches.watch({{1, 0}});
    EXPECT_EQ(watches.watched(), 2u);
    AppendWatch moved = std::move(one);
    watches.wake({1, 1});
    EXPECT_TRUE(moved.woken());
  }
  EXPECT_EQ(watches.watched(), 0u);
}

TEST(AppendWatch, wakes_whoever_waits_on_any_worker) {
  AppendWatches watches;
  Runtime runtime({.workers = 2});
  ASSERT_TRUE(runtime.run([&]() -> Task<> {
    std::atomic<int> ready = 0;
    std::atomic<int> woken = 0;
    co_await with_timeout(std::chrono::seconds(30), with_scope([&](Scope& scope) -> Task<> {
                            for (std::size_t i = 0; i < 100; ++i) {
                              scope.go_on(Runtime::current().worker(i % 2), [&]() -> Task<> {
                                AppendWatch watch = watches.watch({{1, 0}});
                                ++ready;
                                co_await watch.wait();
                                ++woken;
                              });
                            }
                            while (ready < 100) co_await yield();
                            watches.wake({1, 0});
                            co_return;
                          }));
    EXPECT_EQ(woken, 100);
    co_return;
  }));
}

}  // namespace
}  // namespace skerry::platform::kafka::log
