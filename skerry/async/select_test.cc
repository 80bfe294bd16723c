// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/select.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::run_on;
using async_test::until_waiting;

TEST(Select, takes_the_case_that_is_ready) {
  Result<std::size_t> chosen = run_on(1, []() -> Task<std::size_t> {
    Channel<int> empty(1);
    Channel<int> full(1);
    co_await full.send(5);
    std::optional<int> a;
    std::optional<int> b;
    std::size_t index = co_await select(empty.on_receive(a), full.on_receive(b), after(1h));
    EXPECT_EQ(b, 5);
    co_return index;
  });
  EXPECT_EQ(*chosen, 1U);
}

TEST(Select, waits_for_the_first_case_that_becomes_ready_and_leaves_the_other_queues) {
  Result<> result = run_on(2, []() -> Task<> {
    Channel<int> a(0);
    Channel<int> b(0);
    for (int round = 0; round < 1000; ++round) {
      go_on(Runtime::current().worker(1), "sender", [](Channel<int> out) -> Task<> { co_await out.send(7); }, b);
      std::optional<int> from_a;
      std::optional<int> from_b;
      std::size_t index = co_await select(a.on_receive(from_a), b.on_receive(from_b));
      EXPECT_EQ(index, 1U);
      EXPECT_EQ(from_b, 7);
      // A loser left behind would take this value.
      EXPECT_FALSE(a.try_send(1));
      EXPECT_FALSE(b.try_send(1));
    }
  });
  EXPECT_TRUE(result);
}

TEST(Select, chooses_among_ready_cases_with_equal_chance) {
  constexpr int kTrials = 10'000;
  std::array<int, 4> counts{};
  Result<> result = run_on(1, [&]() -> Task<> {
    std::array<Channel<int>, 4> channels{Channel<int>(kTrials), Channel<int>(kTrials), Channel<int>(kTrials),
                                         Channel<int>(kTrials)};
    for (int i = 0; i < kTrials; ++i) {
      for (const Channel<int>& channel : channels) (void)channel.try_send(i);
    }
    std::optional<int> value;
    for (int i = 0; i < kTrials; ++i) {
      std::size_t index = co_await select(channels[0].on_receive(value), channels[1].on_receive(value),
                                          channels[2].on_receive(value), channels[3].on_receive(value));
      ++counts[index];
    }
  });
  EXPECT_TRUE(result);
  // Ten standard deviations of a binomial distribution.
  const double tolerance = 10 * std::sqrt(kTrials * 0.25 * 0.75);
  for (int count : counts) EXPECT_NEAR(count, kTrials / 4.0, tolerance);
}

TEST(Select, chooses_between_two_sends_on_one_channel_at_random) {
  int ones = 0;
  constexpr int kTrials = 1000;
  Result<> result = run_on(1, [&]() -> Task<> {
    Channel<int> channel(1);
    for (int i = 0; i < kTrials; ++i) {
      co_await select(channel.on_send(0), channel.on_send(1));
      std::optional<int> bit = co_await channel.receive();
      ones += *bit;
    }
  });
  EXPECT_TRUE(result);
  EXPECT_GT(ones, kTrials / 10);
  EXPECT_LT(ones, kTrials * 9 / 10);
}

TEST(Select, a_send_and_a_receive_in_one_select_never_match_each_other) {
  Result<> result = run_on(2, []() -> Task<> {
    Channel<int> channel(0);
    std::optional<int> value;
    std::size_t index = co_await select(channel.on_send(1), channel.on_receive(value), otherwise());
    EXPECT_EQ(index, 2U);
    // Also not when it waits: two such selects match each other, and each takes the other's value.
    auto both = [](Channel<int> same, int mine, int theirs) -> Task<> {
      for (int i = 0; i < 1000; ++i) {
        std::optional<int> got;
        std::size_t which = co_await select(same.on_send(mine), same.on_receive(got));
        if (which == 1) EXPECT_EQ(got, theirs);
      }
    };
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go_on(Runtime::current().worker(0), both, channel, 1, 2);
      scope.go_on(Runtime::current().worker(1), both, channel, 2, 1);
      co_return;
    });
  });
  EXPECT_TRUE(result);
}

TEST(Select, the_same_channel_may_be_in_many_cases) {
  Result<int> got = run_on(2, []() -> Task<int> {
    Channel<int> channel(0);
    Channel<int> other(0);
    go_on(
        Runtime::current().worker(1), "sender",
        [](Channel<int> out) -> Task<> {
          for (int i = 0; i < 1000; ++i) co_await out.send(1);
        },
        channel);
    int sum = 0;
    std::optional<int> value;
    for (int i = 0; i < 1000; ++i) {
      co_await select(channel.on_receive(value), other.on_receive(value), channel.on_receive(value),
                      channel.on_receive(value));
      sum += *value;
      EXPECT_FALSE(other.try_send(1));
    }
    // Nothing of the many waiters is left in the queue.
    EXPECT_FALSE(channel.try_send(1));
    co_return sum;
  });
  EXPECT_EQ(*got, 1000);
}

TEST(Select, never_chooses_the_case_of_a_nil_channel) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> nil;
    std::optional<int> value;
    std::size_t index = co_await select(nil.on_receive(value), nil.on_send(1), after(1ms));
    EXPECT_EQ(index, 2U);
    index = co_await select(nil.on_receive(value), otherwise());
    EXPECT_EQ(index, 1U);
  });
  EXPECT_TRUE(result);
}

TEST(Select, without_cases_and_with_nil_channels_alone_waits_for_ever) {
  Result<> result = run_on(1, []() -> Task<> {
    co_await with_scope([](Scope& scope) -> Task<> {
      scope.go([]() -> Task<> {
        co_await select();
        co_await Error::internal("went on");
      });
      scope.go([]() -> Task<> {
        std::optional<int> value;
        co_await select(Channel<int>().on_receive(value), Channel<int>().on_send(1));
        co_await Error::internal("went on");
      });
      co_await until_waiting("select", 2);
      scope.cancel();
    });
  });
  EXPECT_EQ(result.error().code(), Code::kCancelled);
}

TEST(Select, takes_the_default_case_only_if_no_other_is_ready) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> channel(1);
    std::optional<int> value;
    for (int i = 0; i < 100; ++i) {
      std::size_t index = co_await select(otherwise(), channel.on_receive(value));
      EXPECT_EQ(index, 0U);
      index = co_await select(otherwise(), channel.on_send(i));
      EXPECT_EQ(index, 1U);
      index = co_await select(channel.on_receive(value), otherwise());
      EXPECT_EQ(index, 0U);
      EXPECT_EQ(value, i);
    }
  });
  EXPECT_TRUE(result);
}

TEST(Select, a_receive_from_a_closed_channel_is_ready_and_gives_nothing) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> channel(1);
    Channel<int> silent(0);
    channel.close();
    std::optional<int> value = 9;
    std::optional<int> none;
    std::size_t index = co_await select(silent.on_receive(none), channel.on_receive(value));
    EXPECT_EQ(index, 1U);
    EXPECT_FALSE(value.has_value());
  });
  EXPECT_TRUE(result);
}

TEST(Select, a_waiting_receive_case_ends_with_nothing_at_close) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> channel(0);
    Channel<int> silent(0);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        std::optional<int> value = 9;
        std::size_t index = co_await select(silent.on_send(1), channel.on_receive(value));
        EXPECT_EQ(index, 1U);
        EXPECT_FALSE(value.has_value());
      });
      co_await until_waiting("select", 1);
      channel.close();
    });
  });
  EXPECT_TRUE(result);
}

TEST(Select, a_send_on_a_closed_channel_panics_if_and_only_if_it_is_chosen) {
  int panics = 0;
  int received = 0;
  Result<> result = run_on(1, [&]() -> Task<> {
    Channel<int> closed(1);
    closed.close();
    Channel<int> full(1000);
    for (int i = 0; i < 1000; ++i) (void)full.try_send(i);
    for (int i = 0; i < 1000; ++i) {
      std::optional<int> value;
      try {
        co_await select(closed.on_send(1), full.on_receive(value));
        ++received;
      } catch (const Panic&) {
        ++panics;
      }
    }
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(panics + received, 1000);
  EXPECT_GT(panics, 300);
  EXPECT_GT(received, 300);
}

TEST(Select, a_waiting_send_case_panics_at_close) {
  EXPECT_THROW((void)run_on(1,
                            []() -> Task<> {
                              Channel<int> channel(0);
                              co_await with_scope([&](Scope& scope) -> Task<> {
                                scope.go([&]() -> Task<> { co_await select(channel.on_send(1), after(1h)); });
                                co_await until_waiting("select", 1);
                                channel.close();
                              });
                            }),
               Panic);
}

}  // namespace
}  // namespace skerry
