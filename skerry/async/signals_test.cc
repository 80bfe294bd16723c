// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/signals.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/timeout.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;

TEST(SignalSet, gives_the_signals_that_came_before_and_while_it_waits) {
  SignalSet signals({SIGUSR1, SIGUSR2});
  ::kill(::getpid(), SIGUSR1);
  Runtime runtime({.workers = 2});
  Result<int> sum = runtime.run([&]() -> Task<int> {
    int first = co_await signals.next();
    ::kill(::getpid(), SIGUSR2);
    int second = co_await signals.next();
    co_return first * 100 + second;
  });
  EXPECT_EQ(*sum, SIGUSR1 * 100 + SIGUSR2);
}

TEST(SignalSet, a_wait_for_a_signal_can_be_cancelled_and_begun_again) {
  SignalSet signals({SIGUSR1});
  Runtime runtime({.workers = 1});
  Result<int> got = runtime.run([&]() -> Task<int> {
    Result<int> none = co_await with_timeout(2ms, signals.next()).result();
    if (none) co_return 0;
    ::kill(::getpid(), SIGUSR1);
    co_return co_await signals.next();
  });
  EXPECT_EQ(*got, SIGUSR1);
}

TEST(SignalSet, the_first_signal_begins_a_stop_and_the_second_ends_the_process) {
  const auto stop_twice = [] {
    SignalSet signals({SIGUSR1, SIGUSR2});
    Runtime runtime({.workers = 1});
    ::kill(::getpid(), SIGUSR1);
    (void)runtime.run([&] {
      return stop_by_signal(signals, [](int signal) {
        ::fprintf(stderr, "stopping by %s", signal == SIGUSR1 ? "the first" : "another");
        ::kill(::getpid(), SIGUSR2);
      });
    });
  };
  EXPECT_EXIT(stop_twice(), ::testing::ExitedWithCode(128 + SIGUSR2), "stopping by the first");
}

}  // namespace
}  // namespace skerry
