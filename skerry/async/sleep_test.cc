// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/sleep.h"

#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>
#include <string>
#include <vector>

#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::run_on;
using Clock = std::chrono::steady_clock;

TEST(Sleep, waits_at_least_its_time) {
  Result<> result = run_on(1, []() -> Task<> {
    for (auto duration : {0us, 1us, 999us, 1000us, 1001us, 5500us}) {
      const auto start = Clock::now();
      co_await sleep(duration);
      EXPECT_GE(Clock::now() - start, duration);
    }
  });
  EXPECT_TRUE(result);
}

TEST(Sleep, sleepers_wake_in_the_order_of_their_times) {
  std::vector<int> order;
  Result<> result = run_on(1, [&]() -> Task<> {
    const auto start = Clock::now();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i : {4, 1, 3, 0, 2}) {
        scope.go([&, i]() -> Task<> {
          co_await sleep_until(start + 5ms + i * 3ms);
          order.push_back(i);
        });
      }
      co_return;
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Sleep, a_time_in_the_past_is_over_at_once) {
  Result<> result = run_on(1, []() -> Task<> {
    co_await sleep(-1h);
    co_await sleep_until(Clock::time_point());
    co_await sleep_until(Clock::time_point::min());
  });
  EXPECT_TRUE(result);
}

TEST(Sleep, the_longest_sleep_does_not_overflow_and_does_not_keep_the_worker_busy) {
  Result<> result = run_on(1, []() -> Task<> {
    go([]() -> Task<> { co_await sleep(std::chrono::nanoseconds::max()); });
    go([]() -> Task<> { co_await sleep_until(Clock::time_point::max()); });
    go([]() -> Task<> { co_await sleep_until(Clock::time_point::max() - 1s); });
    co_await async_test::until_waiting("sleep", 3);
    timespec before{};
    timespec after{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    co_await sleep(200ms);
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    const auto used =
        std::chrono::seconds(after.tv_sec - before.tv_sec) + std::chrono::nanoseconds(after.tv_nsec - before.tv_nsec);
    EXPECT_LT(used, 100ms);
  });
  EXPECT_TRUE(result);
}

int open_timer_descriptors() {
  int count = 0;
  DIR* folder = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(folder)) {
    std::array<char, PATH_MAX> target{};
    const std::string path = std::string("/proc/self/fd/") + entry->d_name;
    if (::readlink(path.c_str(), target.data(), target.size() - 1) > 0 &&
        std::string(target.data()).find("timerfd") != std::string::npos) {
      ++count;
    }
  }
  ::closedir(folder);
  return count;
}

TEST(Sleep, a_million_deadlines_use_no_system_timer) {
#if defined(SKERRY_SANITIZED)
  constexpr std::size_t kSleepers = 50'000;
#else
  constexpr std::size_t kSleepers = 1'000'000;
#endif
  std::size_t ended = 0;
  Result<> result = run_on(1, [&]() -> Task<> {
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < kSleepers; ++i) {
        scope.go(
            [](std::chrono::milliseconds far, std::size_t* count) -> Task<> {
              Result<> slept = co_await with_timeout(far, []() -> Task<> { co_await sleep(24h * 365); }()).result();
              ++*count;
            },
            1h + std::chrono::milliseconds(i), &ended);
        if (i % 1000 == 0) co_await yield();
      }
      co_await yield();
      EXPECT_EQ(Runtime::current().live_fibers(), kSleepers + 1);
      EXPECT_EQ(open_timer_descriptors(), 0);
      scope.cancel();
    }).result();
    EXPECT_EQ(ended, 0U) << "a task does not see its own cancellation";
    EXPECT_EQ(Runtime::current().live_fibers(), 1U);
  });
  EXPECT_TRUE(result);
}

TEST(Yield, lets_the_other_ready_tasks_run_first) {
  std::string log;
  Result<> result = run_on(1, [&]() -> Task<> {
    for (char name : {'a', 'b', 'c'}) {
      go(
          [](char letter, std::string* to) -> Task<> {
            to->push_back(letter);
            co_await yield();
            to->push_back(letter);
          },
          name, &log);
    }
    co_await yield();
    log.push_back('|');
    co_await yield();
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(log, "abc|abc");
}

}  // namespace
}  // namespace skerry
