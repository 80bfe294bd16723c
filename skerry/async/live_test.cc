// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/live.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::run_on;
using async_test::until_waiting;

TEST(Live, a_snapshot_stays_as_it_is) {
  Live<std::string> live("one");
  Live<std::string> copy = live;
  auto before = live.get();
  copy.set("two");
  EXPECT_EQ(*before, "one");
  EXPECT_EQ(*live.get(), "two");
}

TEST(Live, a_watcher_sees_the_newest_value_once) {
  Result<> result = run_on(1, []() -> Task<> {
    Live<int> live(1);
    auto watcher = live.watch();
    live.set(2);
    live.set(3);
    auto value = co_await watcher.changed();
    EXPECT_EQ(*value, 3);
    Result<std::shared_ptr<const int>> none = co_await with_timeout(2ms, watcher.changed()).result();
    EXPECT_FALSE(none) << "it has seen that one";
    live.set(3);
    value = co_await watcher.changed();
    EXPECT_EQ(*value, 3) << "set anew is a change, equal or not";
  });
  EXPECT_TRUE(result);
}

TEST(Live, wakes_every_watcher_on_every_worker) {
  Result<> result = run_on(3, []() -> Task<> {
    Live<int> live(0);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 9; ++i) {
        scope.go_on(Runtime::current().worker(i % 3), [watcher = live.watch()]() mutable -> Task<> {
          auto value = co_await watcher.changed();
          EXPECT_EQ(*value, 1);
        });
      }
      co_await until_waiting("event", 9);
      live.set(1);
    });
  });
  EXPECT_TRUE(result);
}

TEST(Live, a_cancelled_watcher_may_watch_on) {
  Result<int> result = run_on(1, []() -> Task<int> {
    Live<int> live(0);
    auto watcher = live.watch();
    (void)co_await with_timeout(1ms, watcher.changed()).result();
    live.set(5);
    auto value = co_await watcher.changed();
    co_return *value;
  });
  EXPECT_EQ(*result, 5);
}

TEST(Live, watchers_see_values_in_order_and_never_miss_the_last_while_others_set) {
  constexpr int kLast = 5000;
  Result<> result = run_on(3, []() -> Task<> {
    Live<int> live(0);
    // A thread outside of the runtime sets; tasks watch, others read.
    std::thread setter([live] {
      for (int i = 1; i <= kLast; ++i) live.set(i);
    });
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 6; ++i) {
        scope.go_on(Runtime::current().worker(i % 3), [watcher = live.watch(), live]() mutable -> Task<> {
          int last = *live.get();
          if (last == kLast) co_return;
          while (last != kLast) {
            auto value = co_await watcher.changed();
            EXPECT_GE(*live.get(), *value);
            // The first change may be older than what get() gave.
            last = std::max(last, *value);
          }
        });
      }
      co_return;
    });
    setter.join();
  });
  EXPECT_TRUE(result);
}

TEST(Live, may_go_while_a_watcher_still_waits) {
  Result<> result = run_on(1, []() -> Task<> {
    auto watch_a_value_of_its_own = []() -> Task<> {
      auto watcher = Live<int>(1).watch();
      (void)co_await watcher.changed();
    };
    Result<> ended = co_await with_timeout(1ms, watch_a_value_of_its_own()).result();
    EXPECT_EQ(ended.error().code(), Code::kDeadlineExceeded);
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace skerry
