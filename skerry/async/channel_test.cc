// SPDX-License-Identifier: Apache-2.0
//
// The rules of Go's channels, one by one. See select_test.cc for select and channel_stress_test.cc for many workers.
#include "skerry/async/channel.h"

#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <vector>

#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::Counted;
using async_test::run_on;
using async_test::until;
using async_test::until_waiting;

TEST(Channel, hands_values_over_in_order_and_ends_at_close) {
  for (std::size_t capacity : {0, 1, 2, 10, 199}) {
    Result<std::vector<int>> got = run_on(2, [capacity]() -> Task<std::vector<int>> {
      Channel<int> channel(capacity);
      auto sender = [](Channel<int> out) -> Task<> {
        for (int i = 0; i < 1000; ++i) co_await out.send(i);
        out.close();
      };
      go_on(Runtime::current().worker(1), "sender", sender, channel);
      std::vector<int> values;
      while (std::optional<int> value = co_await channel.receive()) values.push_back(*value);
      co_return values;
    });
    std::vector<int> expected(1000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(*got, expected) << "capacity " << capacity;
  }
}

TEST(Channel, a_nil_channel_blocks_sender_and_receiver_for_ever) {
  Result<> result = run_on(1, []() -> Task<> {
    co_await with_scope([](Scope& scope) -> Task<> {
      scope.go([]() -> Task<> {
        co_await Channel<int>().send(1);
        co_await Error::internal("sent");
      });
      scope.go([]() -> Task<> {
        (void)co_await Channel<int>().receive();
        co_await Error::internal("received");
      });
      co_await until_waiting("channel send", 1);
      co_await until_waiting("channel receive", 1);
      scope.cancel();
    });
  });
  EXPECT_EQ(result.error().code(), Code::kCancelled);
}

TEST(Channel, a_nil_channel_is_empty_and_takes_nothing) {
  Channel<int> nil;
  EXPECT_FALSE(nil);
  EXPECT_FALSE(nil.try_send(1));
  EXPECT_FALSE(nil.try_receive().has_value());
  EXPECT_FALSE(nil.is_closed());
  EXPECT_FALSE(nil.close_once());
  EXPECT_EQ(nil.size(), 0U);
  EXPECT_EQ(nil.capacity(), 0U);
}

TEST(Channel, closing_a_nil_or_closed_channel_panics) {
  EXPECT_THROW(Channel<int>().close(), Panic);
  Channel<int> channel(1);
  channel.close();
  EXPECT_THROW(channel.close(), Panic);
  EXPECT_FALSE(channel.close_once());
}

TEST(Channel, send_on_a_closed_channel_panics) {
  for (std::size_t capacity : {0, 1}) {
    Channel<int> channel(capacity);
    channel.close();
    EXPECT_THROW((void)run_on(1, [&]() -> Task<> { co_await channel.send(1); }), Panic);
    EXPECT_THROW(channel.try_send(1), Panic);
  }
}

TEST(Channel, a_waiting_sender_panics_when_the_channel_is_closed) {
  for (std::size_t capacity : {0, 1}) {
    EXPECT_THROW((void)run_on(1,
                              [capacity]() -> Task<> {
                                Channel<int> channel(capacity);
                                (void)channel.try_send(0);
                                co_await with_scope([&](Scope& scope) -> Task<> {
                                  scope.go([&]() -> Task<> { co_await channel.send(1); });
                                  co_await until_waiting("channel send", 1);
                                  channel.close();
                                });
                              }),
                 Panic);
  }
}

TEST(Channel, close_wakes_every_waiting_receiver_with_nothing) {
  int nothing = 0;
  Result<> result = run_on(1, [&]() -> Task<> {
    Channel<int> channel(0);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 10; ++i) {
        scope.go([&]() -> Task<> {
          std::optional<int> value = co_await channel.receive();
          if (!value) ++nothing;
        });
      }
      co_await until_waiting("channel receive", 10);
      channel.close();
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(nothing, 10);
}

TEST(Channel, receives_drain_a_closed_channel_and_then_give_nothing_for_ever) {
  Result<std::vector<int>> got = run_on(1, []() -> Task<std::vector<int>> {
    Channel<int> channel(3);
    for (int i = 1; i <= 3; ++i) co_await channel.send(i);
    channel.close();
    std::vector<int> values;
    for (int i = 0; i < 6; ++i) {
      std::optional<int> value = co_await channel.receive();
      values.push_back(value.value_or(-1));
    }
    co_return values;
  });
  EXPECT_EQ(*got, (std::vector<int>{1, 2, 3, -1, -1, -1}));
}

TEST(Channel, an_unbuffered_send_ends_only_when_the_value_was_received) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> channel(0);
    bool sent = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        co_await channel.send(1);
        sent = true;
      });
      co_await until_waiting("channel send", 1);
      EXPECT_FALSE(sent);
      std::optional<int> value = co_await channel.receive();
      EXPECT_EQ(value, 1);
      EXPECT_FALSE(sent) << "the sender runs in its turn, the receiver goes on";
    });
    EXPECT_TRUE(sent);
  });
  EXPECT_TRUE(result);
}

TEST(Channel, a_full_buffer_takes_the_value_of_the_first_waiting_sender_at_its_tail) {
  Result<std::vector<int>> got = run_on(1, []() -> Task<std::vector<int>> {
    Channel<int> channel(2);
    std::vector<int> values;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 5; ++i) scope.go([&channel, i]() -> Task<> { co_await channel.send(i); });
      co_await until_waiting("channel send", 3);
      EXPECT_EQ(channel.size(), 2U);
      std::optional<int> first = co_await channel.receive();
      values.push_back(*first);
      EXPECT_EQ(channel.size(), 2U);
      for (int i = 0; i < 4; ++i) {
        std::optional<int> value = co_await channel.receive();
        values.push_back(*value);
      }
    });
    co_return values;
  });
  EXPECT_EQ(*got, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Channel, waiting_receivers_are_served_in_the_order_they_came) {
  std::vector<int> order;
  Result<> result = run_on(1, [&]() -> Task<> {
    Channel<int> channel(0);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 10; ++i) {
        scope.go([&, i]() -> Task<> {
          std::optional<int> value = co_await channel.receive();
          order.push_back(i * 100 + *value);
        });
      }
      co_await until_waiting("channel receive", 10);
      for (int i = 0; i < 10; ++i) co_await channel.send(i);
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(order, (std::vector<int>{0, 101, 202, 303, 404, 505, 606, 707, 808, 909}));
}

TEST(Channel, try_send_moves_the_value_only_when_it_was_sent) {
  Channel<std::unique_ptr<int>> channel(1);
  auto first = std::make_unique<int>(1);
  auto second = std::make_unique<int>(2);
  EXPECT_TRUE(channel.try_send(first));
  EXPECT_EQ(first, nullptr);
  EXPECT_FALSE(channel.try_send(second));
  EXPECT_NE(second, nullptr);
  EXPECT_EQ(**channel.try_receive(), 1);
  EXPECT_FALSE(channel.try_receive().has_value());
}

TEST(Channel, try_send_on_an_unbuffered_channel_needs_a_waiting_receiver) {
  Result<int> got = run_on(1, []() -> Task<int> {
    Channel<int> channel(0);
    EXPECT_FALSE(channel.try_send(1));
    int got_value = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        std::optional<int> value = co_await channel.receive();
        got_value = *value;
      });
      co_await until_waiting("channel receive", 1);
      EXPECT_TRUE(channel.try_send(7));
      EXPECT_FALSE(channel.try_send(8));
    });
    co_return got_value;
  });
  EXPECT_EQ(*got, 7);
}

TEST(Channel, copies_are_the_same_channel) {
  Channel<int> one(1);
  Channel<int> other = one;
  EXPECT_TRUE(one == other);
  EXPECT_FALSE(one == Channel<int>(1));
  EXPECT_TRUE(other.try_send(3));
  EXPECT_EQ(one.size(), 1U);
  one.close();
  EXPECT_TRUE(other.is_closed());
}

TEST(Channel, the_value_of_a_cancelled_sender_is_not_sent_and_is_freed) {
  std::atomic<int> live = 0;
  Result<> result = run_on(1, [&]() -> Task<> {
    Channel<Counted> channel(0);
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await channel.send(Counted(live)); });
      co_await until_waiting("channel send", 1);
      scope.cancel();
    }).result();
    EXPECT_EQ(live, 0);
    EXPECT_FALSE(channel.try_receive().has_value());
  });
  EXPECT_TRUE(result);
}

TEST(Channel, a_cancelled_receiver_takes_nothing) {
  Result<int> got = run_on(1, []() -> Task<int> {
    Channel<int> channel(0);
    (void)co_await with_timeout(1ms, [](Channel<int> in) -> Task<> { (void)co_await in.receive(); }(channel)).result();
    EXPECT_FALSE(channel.try_send(1)) << "nobody waits any more";
    int value = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await channel.send(2); });
      std::optional<int> received = co_await channel.receive();
      value = *received;
    });
    co_return value;
  });
  EXPECT_EQ(*got, 2);
}

TEST(Channel, values_left_in_the_buffer_are_freed_with_the_channel) {
  std::atomic<int> live = 0;
  {
    Channel<Counted> channel(3);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(channel.try_send(Counted(live)));
    EXPECT_EQ(live, 3);
  }
  EXPECT_EQ(live, 0);
}

TEST(Channel, a_chain_of_a_thousand_tasks_passes_a_value_through) {
  auto link = [](Channel<int> in, Channel<int> out) -> Task<> {
    std::optional<int> value = co_await in.receive();
    co_await out.send(*value + 1);
  };
  Result<int> got = run_on(2, [&]() -> Task<int> {
    Channel<int> first(0);
    Channel<int> last = first;
    for (std::size_t i = 0; i < 1000; ++i) {
      Channel<int> next(0);
      go_on(Runtime::current().worker(i % 2), "link", link, last, next);
      last = next;
    }
    co_await first.send(0);
    std::optional<int> value = co_await last.receive();
    co_return *value;
  });
  EXPECT_EQ(*got, 1000);
}

// The sieve of concurrent filters from the Go tests: every prime is a task.
TEST(Channel, a_pipeline_of_filters_finds_the_primes) {
  auto generate = [](Channel<int> out) -> Task<> {
    for (int i = 2;; ++i) co_await out.send(i);
  };
  auto filter = [](Channel<int> in, Channel<int> out, int prime) -> Task<> {
    for (;;) {
      std::optional<int> value = co_await in.receive();
      if (*value % prime != 0) co_await out.send(*value);
    }
  };
  Result<std::vector<int>> primes = run_on(2, [&]() -> Task<std::vector<int>> {
    std::vector<int> found;
    Channel<int> numbers(0);
    go(generate, numbers);
    for (std::size_t i = 0; i < 10; ++i) {
      std::optional<int> prime = co_await numbers.receive();
      found.push_back(*prime);
      Channel<int> rest(0);
      go_on(Runtime::current().worker(i % 2), "filter", filter, numbers, rest, *prime);
      numbers = rest;
    }
    co_return found;
  });
  EXPECT_EQ(*primes, (std::vector<int>{2, 3, 5, 7, 11, 13, 17, 19, 23, 29}));
}

TEST(Channel, a_busy_channel_does_not_keep_other_tasks_from_running) {
  bool ran = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    go([&]() -> Task<> {
      ran = true;
      co_return;
    });
    Channel<int> channel(1);
    for (int i = 0; i < 1000 && !ran; ++i) {
      co_await channel.send(i);
      (void)co_await channel.receive();
    }
  });
  EXPECT_TRUE(result);
  EXPECT_TRUE(ran);
}

TEST(Channel, a_million_round_trips_need_no_stack) {
  constexpr int kRounds = 1'000'000;
  Result<std::int64_t> sum = run_on(1, []() -> Task<std::int64_t> {
    Channel<int> there(0);
    Channel<int> back(0);
    go(
        [](Channel<int> in, Channel<int> out) -> Task<> {
          for (;;) {
            std::optional<int> value = co_await in.receive();
            co_await out.send(*value);
          }
        },
        there, back);
    std::int64_t total = 0;
    for (int i = 0; i < kRounds; ++i) {
      co_await there.send(1);
      std::optional<int> value = co_await back.receive();
      total += *value;
    }
    co_return total;
  });
  EXPECT_EQ(*sum, kRounds);
}

}  // namespace
}  // namespace skerry
