// SPDX-License-Identifier: Apache-2.0
//
// How a select waits: timers, cancellation, slots, and that it does nothing meanwhile. See select_test.cc for what it
// chooses.
#include <gtest/gtest.h>

#include <memory>

#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/select.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::run_on;
using async_test::until_waiting;

TEST(SelectWait, a_timer_case_ends_the_wait_not_before_its_time) {
  Result<std::size_t> chosen = run_on(1, []() -> Task<std::size_t> {
    const auto start = std::chrono::steady_clock::now();
    std::optional<int> a;
    Channel<int> empty(0);
    std::size_t index = co_await select(empty.on_receive(a), after(1h), after(5ms));
    EXPECT_GE(std::chrono::steady_clock::now() - start, 5ms);
    co_return index;
  });
  EXPECT_EQ(*chosen, 2U);
}

TEST(SelectWait, a_timer_in_the_past_is_ready_and_one_at_the_end_of_time_never) {
  Result<> result = run_on(1, []() -> Task<> {
    std::size_t index = co_await select(after(std::chrono::nanoseconds::max()), after(-1s));
    EXPECT_EQ(index, 1U);
    index = co_await select(after(std::chrono::nanoseconds::max()), after(2ms));
    EXPECT_EQ(index, 1U);
  });
  EXPECT_TRUE(result);
}

TEST(SelectWait, the_timers_of_losing_cases_are_taken_back) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> channel(0);
    go(
        [](Channel<int> out) -> Task<> {
          for (int i = 0; i < 10'000; ++i) co_await out.send(i);
          out.close();
        },
        channel);
    // A timer that stayed would fire into a frame that has gone.
    for (;;) {
      std::optional<int> value;
      std::size_t index = co_await select(channel.on_receive(value), after(1h), after(10min));
      EXPECT_EQ(index, 0U);
      if (!value) break;
    }
  });
  EXPECT_TRUE(result);
}

TEST(SelectWait, cancelled_it_leaves_all_queues_and_sends_nothing) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> a(0);
    Channel<int> b(0);
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        std::optional<int> value;
        co_await select(a.on_receive(value), b.on_send(1), after(1h));
      });
      co_await until_waiting("select", 1);
      scope.cancel();
    }).result();
    EXPECT_FALSE(a.try_send(1));
    EXPECT_FALSE(b.try_receive().has_value());
  });
  EXPECT_TRUE(result);
}

TEST(SelectWait, the_slot_of_a_case_that_was_not_chosen_is_empty) {
  Result<> result = run_on(1, []() -> Task<> {
    Channel<int> channel(0);
    std::optional<int> value = 3;
    co_await select(channel.on_receive(value), otherwise());
    EXPECT_FALSE(value.has_value());
  });
  EXPECT_TRUE(result);
}

TEST(SelectWait, the_destructor_of_an_old_value_in_a_slot_may_use_the_channel) {
  struct Closing {
    std::shared_ptr<Channel<int>> target;
    ~Closing() {
      if (target) target->close_once();
    }
    explicit Closing(std::shared_ptr<Channel<int>> channel) : target(std::move(channel)) {}
    Closing(Closing&&) noexcept = default;
  };
  Result<> result = run_on(1, []() -> Task<> {
    auto signal = std::make_shared<Channel<int>>(1);
    Channel<Closing> channel(2);
    co_await channel.send(Closing(signal));
    co_await channel.send(Closing(nullptr));
    std::optional<Closing> value;
    std::optional<int> nothing;
    co_await select(channel.on_receive(value), signal->on_receive(nothing));
    co_await select(channel.on_receive(value), after(1h));
    EXPECT_TRUE(signal->is_closed());
  });
  EXPECT_TRUE(result);
}

// Go's barrier test: a request whose reply channel is abandoned once the reply is there.
TEST(SelectWait, reply_channels_may_be_abandoned_right_after_the_reply) {
  Result<int> done = run_on(2, []() -> Task<int> {
    auto answer = [](Channel<int> reply, Channel<int> dummy) -> Task<> {
      std::optional<int> nothing;
      co_await select(reply.on_send(1), dummy.on_receive(nothing));
    };
    int replies = 0;
    Channel<int> dummy(0);
    for (int i = 0; i < 5000; ++i) {
      Channel<int> reply(0);
      go_on(Runtime::current().worker(1), "answer", answer, reply, dummy);
      std::optional<int> value = co_await reply.receive();
      replies += *value;
    }
    co_return replies;
  });
  EXPECT_EQ(*done, 5000);
}

/// A case on a channel on which nothing happens, which counts how often select looks at it.
class CountingCase final : public internal::ChannelCase {
 public:
  CountingCase(internal::ChannelCore* channel, int* looks) : ChannelCase(Direction::kReceive, channel), looks_(looks) {}
  CountingCase(CountingCase&& other) noexcept
      : ChannelCase(Direction::kReceive, other.channel()), looks_(other.looks_) {}
  bool try_complete() override {
    ++*looks_;
    return false;
  }

 private:
  int* looks_;
};

TEST(SelectWait, never_polls) {
  int looks = 0;
  internal::ChannelState<int> silent(0);
  Result<> result = run_on(1, [&]() -> Task<> {
    Channel<int> stop(0);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        std::optional<int> value;
        co_await select(CountingCase(&silent, &looks), stop.on_receive(value));
      });
      co_await until_waiting("select", 1);
      const int looks_before_the_wait = looks;
      EXPECT_LE(looks_before_the_wait, 2);
      // Thousands of turns of the worker, with and without other work, and time.
      for (int i = 0; i < 100'000; ++i) co_await yield();
      for (int i = 0; i < 20; ++i) co_await sleep(1ms);
      EXPECT_EQ(looks, looks_before_the_wait);
      co_await stop.send(1);
    });
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace skerry
