// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/timeout.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "skerry/async/blocking.h"
#include "skerry/async/channel.h"
#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"
#include "skerry/base/defer.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::Counted;
using async_test::run_on;
using Clock = std::chrono::steady_clock;

Task<> sleep_through(std::chrono::nanoseconds duration) { co_await sleep(duration); }
Task<int> number(int value) { co_return value; }

TEST(Timeout, gives_the_value_of_a_task_that_is_in_time) {
  Result<int> result = run_on(1, []() -> Task<int> { co_return co_await with_timeout(1h, number(5)); });
  EXPECT_EQ(*result, 5);
}

TEST(Timeout, cancels_the_task_and_deadline_exceeded_is_the_error) {
  Result<> result = run_on(1, []() -> Task<> {
    const auto start = Clock::now();
    Result<> slept = co_await with_timeout(5ms, sleep_through(24h)).result();
    EXPECT_EQ(slept.error().code(), Code::kDeadlineExceeded);
    EXPECT_GE(Clock::now() - start, 5ms);
  });
  EXPECT_TRUE(result) << "the task around goes on";
}

TEST(Timeout, passes_the_tasks_own_error_on) {
  auto failing = []() -> Task<> { co_await Error::not_found("own"); };
  Result<> result = run_on(1, [&]() -> Task<> { co_await with_timeout(1h, failing()); });
  EXPECT_EQ(result.error(), Error::not_found("own"));
}

TEST(Timeout, never_abandons_the_task_but_waits_until_it_has_ended) {
  static constexpr auto kLimit = 300ms;
  std::vector<std::string> log;
  auto stubborn = [](std::vector<std::string>* to) -> Task<> {
    Defer gone([to] { to->push_back("frame gone"); });
    // Started blocking work is waited for. The limit leaves a thread all the time it needs to start.
    co_await blocking([to] {
      std::this_thread::sleep_for(2 * kLimit);  // tidy: allow(sleep) it stands for work that blocks
      to->push_back("work done");
    });
    co_await yield();
    to->push_back("not reached");
  };
  Result<> result = run_on(1, [&]() -> Task<> {
    Result<> ended = co_await with_timeout(kLimit, stubborn(&log)).result();
    log.push_back("timeout seen");
    EXPECT_EQ(ended.error().code(), Code::kDeadlineExceeded);
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(log, (std::vector<std::string>{"work done", "frame gone", "timeout seen"}));
}

TEST(Timeout, a_value_that_comes_after_the_deadline_without_a_wait_is_given) {
  auto busy = []() -> Task<int> {
    const auto end = Clock::now() + 5ms;
    while (Clock::now() < end) {
    }
    co_return 1;
  };
  Result<int> result = run_on(1, [&]() -> Task<int> { co_return co_await with_timeout(1ms, busy()); });
  EXPECT_EQ(*result, 1);
}

TEST(Timeout, an_inner_later_deadline_is_cut_by_the_outer_one) {
  bool inner_saw_it = false;
  auto inner = [](bool* saw) -> Task<> {
    (void)co_await with_timeout(24h, sleep_through(48h)).result();
    *saw = true;
  };
  Result<> result = run_on(1, [&]() -> Task<> {
    Result<> ended = co_await with_timeout(3ms, inner(&inner_saw_it)).result();
    EXPECT_EQ(ended.error().code(), Code::kDeadlineExceeded);
  });
  EXPECT_TRUE(result);
  EXPECT_FALSE(inner_saw_it) << "the outer deadline is the cancellation of the inner task, which it does not see";
}

TEST(Timeout, an_inner_earlier_deadline_is_an_error_that_the_outer_task_can_handle) {
  auto inner = []() -> Task<int> {
    Result<> slept = co_await with_timeout(2ms, sleep_through(24h)).result();
    co_return slept ? 0 : 1;
  };
  Result<int> result = run_on(1, [&]() -> Task<int> { co_return co_await with_timeout(1h, inner()); });
  EXPECT_EQ(*result, 1);
}

TEST(Timeout, a_limit_of_zero_or_less_cancels_from_the_start) {
  for (auto limit : {0ns, -1ns, std::chrono::nanoseconds::min()}) {
    bool started = false;
    bool waited = false;
    auto task = [](bool* start_seen, bool* wait_seen) -> Task<> {
      *start_seen = true;
      co_await yield();
      *wait_seen = true;
    };
    Result<> result = run_on(1, [&]() -> Task<> { co_await with_timeout(limit, task(&started, &waited)); });
    EXPECT_EQ(result.error().code(), Code::kDeadlineExceeded);
    EXPECT_TRUE(started);
    EXPECT_FALSE(waited);
  }
}

TEST(Timeout, the_largest_limit_is_no_deadline) {
  Result<int> result = run_on(1, []() -> Task<int> {
    auto no_deadline = []() -> Task<int> {
      co_await sleep(2ms);
      co_return time_left() ? 1 : 0;
    };
    co_return co_await with_timeout(std::chrono::nanoseconds::max(), no_deadline());
  });
  EXPECT_EQ(*result, 0);
}

TEST(Timeout, with_deadline_takes_a_point_in_time) {
  Result<> result = run_on(1, []() -> Task<> {
    const auto until = Clock::now() + 4ms;
    Result<> slept = co_await with_deadline(until, sleep_through(24h)).result();
    EXPECT_EQ(slept.error().code(), Code::kDeadlineExceeded);
    EXPECT_GE(Clock::now(), until);
  });
  EXPECT_TRUE(result);
}

TEST(Timeout, a_panic_inside_goes_through_and_ends_the_deadline) {
  auto bug = []() -> Task<> {
    throw Panic("bug");
    co_return;
  };
  Result<> result = run_on(1, [&]() -> Task<> {
    try {
      co_await with_timeout(2ms, bug());
    } catch (const Panic&) {
    }
    co_await sleep(5ms);
    EXPECT_FALSE(time_left().has_value());
  });
  EXPECT_TRUE(result);
}

Task<> record_clean_up(std::vector<std::string>* to) {
  co_await sleep(5ms);
  EXPECT_FALSE(is_cancelled());
  to->push_back("cleaned up");
}

Task<> set_after_a_moment(bool* flag) {
  co_await sleep(1ms);
  *flag = true;
}

TEST(Shielded, runs_on_although_the_caller_is_cancelled) {
  std::vector<std::string> log;
  auto caller = [](std::vector<std::string>* to) -> Task<> {
    co_await shielded(1h, record_clean_up(to));
    EXPECT_TRUE(is_cancelled());
    to->push_back("after the shield");
    co_await yield();
    to->push_back("not reached");
  };
  Result<> result = run_on(1, [&]() -> Task<> { co_await with_timeout(1ms, caller(&log)); });
  EXPECT_EQ(result.error().code(), Code::kDeadlineExceeded);
  EXPECT_EQ(log, (std::vector<std::string>{"cleaned up", "after the shield"}));
}

TEST(Shielded, begun_by_a_cancelled_task_it_runs_too) {
  bool ran = false;
  auto caller = [](bool* flag) -> Task<> {
    // Returns when the caller is cancelled, and does not end it there.
    while (!is_cancelled()) co_await blocking([] { std::this_thread::yield(); });
    co_await shielded(1h, set_after_a_moment(flag));
  };
  Result<> result = run_on(1, [&]() -> Task<> { (void)co_await with_timeout(0ns, caller(&ran)).result(); });
  EXPECT_TRUE(result);
  EXPECT_TRUE(ran);
}

TEST(Shielded, its_own_limit_is_an_error_for_the_caller) {
  Result<> result = run_on(1, []() -> Task<> {
    Result<> ended = co_await shielded(2ms, sleep_through(24h)).result();
    EXPECT_EQ(ended.error().code(), Code::kDeadlineExceeded);
  });
  EXPECT_TRUE(result);
}

TEST(Shielded, protects_the_children_of_a_scope_inside) {
  int ended = 0;
  auto work = [](int* count) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go_on(Runtime::current().worker(1), [&]() -> Task<> {
        co_await sleep(10ms);
        ++*count;
      });
      co_return;
    });
  };
  Result<> result =
      run_on(2, [&]() -> Task<> { (void)co_await with_timeout(1ms, shielded(1h, work(&ended))).result(); });
  EXPECT_TRUE(result);
  EXPECT_EQ(ended, 1);
}

}  // namespace
}  // namespace skerry
