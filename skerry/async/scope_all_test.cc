// SPDX-License-Identifier: Apache-2.0
//
// `all`, and the corners of with_scope: what is thrown while children are started or while the task is cancelled.
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::Counted;
using async_test::run_on;

Task<int> give_later(int value, std::chrono::milliseconds delay) {
  co_await sleep(delay);
  co_return value;
}

TEST(All, gives_the_values_in_order_whatever_ends_first) {
  Result<std::vector<int>> values = run_on(1, []() -> Task<std::vector<int>> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 5; ++i) tasks.push_back(give_later(i, (5 - i) * 1ms));
    co_return co_await all(std::move(tasks));
  });
  EXPECT_EQ(*values, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(All, of_nothing_is_nothing) {
  Result<std::size_t> size = run_on(1, []() -> Task<std::size_t> {
    std::vector<int> values = co_await all(std::vector<Task<int>>());
    co_return values.size();
  });
  EXPECT_EQ(*size, 0U);
}

TEST(All, gives_a_tuple_for_tasks_of_different_types) {
  auto text = []() -> Task<std::string> { co_return "text"; };
  auto pointer = []() -> Task<std::unique_ptr<int>> { co_return std::make_unique<int>(4); };
  Result<> result = run_on(1, [&]() -> Task<> {
    auto [a, b, c] = co_await all(give_later(1, 1ms), text(), pointer());
    EXPECT_EQ(a, 1);
    EXPECT_EQ(b, "text");
    EXPECT_EQ(*c, 4);
  });
  EXPECT_TRUE(result);
}

TEST(All, runs_its_tasks_at_the_same_time) {
  Result<> result = run_on(1, []() -> Task<> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 1000; ++i) tasks.push_back(give_later(i, 20ms));
    std::vector<int> values = co_await with_timeout(10s, all(std::move(tasks)));
    EXPECT_EQ(values.size(), 1000U);
  });
  EXPECT_TRUE(result);
}

TEST(All, the_first_failure_cancels_the_others_and_is_the_failure) {
  std::atomic<int> live = 0;
  auto slow = [](Counted) -> Task<int> { co_return co_await give_later(1, 24h); };
  auto failing = []() -> Task<int> {
    co_await sleep(1ms);
    co_return Error::unavailable("second");
  };
  Result<> result = run_on(1, [&]() -> Task<> {
    std::vector<Task<int>> tasks;
    tasks.push_back(slow(Counted(live)));
    tasks.push_back(failing());
    tasks.push_back(slow(Counted(live)));
    Result<std::vector<int>> values = co_await all(std::move(tasks)).result();
    EXPECT_EQ(values.error(), Error::unavailable("second"));
    EXPECT_EQ(live, 0);
  });
  EXPECT_TRUE(result);
}

struct ThrowsWhenCopied {
  ThrowsWhenCopied() = default;
  ThrowsWhenCopied(const ThrowsWhenCopied&) { throw std::runtime_error("copied"); }
  ThrowsWhenCopied(ThrowsWhenCopied&&) noexcept = default;
};

TEST(ScopeCorner, a_child_that_could_not_be_started_is_not_waited_for) {
  bool caught = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    ThrowsWhenCopied argument;
    co_await with_scope([&](Scope& scope) -> Task<> {
      try {
        scope.go([](ThrowsWhenCopied) -> Task<> { co_return; }, argument);
      } catch (const std::runtime_error&) {
        caught = true;
      }
      co_return;
    });
  });
  EXPECT_TRUE(result);
  EXPECT_TRUE(caught);
}

TEST(ScopeCorner, a_callable_that_throws_before_it_gives_a_task_is_a_panic_of_the_child) {
  EXPECT_THROW((void)run_on(1,
                            []() -> Task<> {
                              co_await with_scope([](Scope& scope) -> Task<> {
                                scope.go([]() -> Task<> { throw std::runtime_error("no task"); });
                                co_await sleep(24h);
                              });
                            }),
               std::runtime_error);
}

TEST(ScopeCorner, a_panic_is_not_hidden_by_a_cancellation_that_comes_with_it) {
  EXPECT_THROW((void)run_on(1,
                            []() -> Task<> {
                              co_await with_scope([](Scope& outer) -> Task<> {
                                co_await with_scope([&outer](Scope& scope) -> Task<> {
                                  scope.go([&outer]() -> Task<> {
                                    outer.cancel();
                                    throw std::logic_error("bug");
                                    co_return;
                                  });
                                  co_return;
                                });
                              });
                            }),
               std::logic_error);
}

TEST(ScopeCorner, frames_between_a_panic_and_its_boundary_are_freed) {
  std::atomic<int> live = 0;
  struct Deep {
    static Task<int> run(int depth, Counted, std::atomic<int>* count) {
      if (depth == 0) throw std::logic_error("bottom");
      co_return co_await run(depth - 1, Counted(*count), count);
    }
  };
  EXPECT_THROW((void)run_on(1, [&]() -> Task<int> { co_return co_await Deep::run(50, Counted(live), &live); }),
               std::logic_error);
  EXPECT_EQ(live, 0);
}

}  // namespace
}  // namespace skerry
