// SPDX-License-Identifier: Apache-2.0
//
// Channels, select and scopes on several workers at once: hunting for lost wake-ups, lost and doubled values. A lost
// wake-up shows as a test that does not end.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/async/select.h"
#include "skerry/async/sync.h"
#include "skerry/async/test_util.h"
#include "skerry/base/ids.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::run_on;

#if defined(SKERRY_SANITIZED)
constexpr int kStressScale = 1;
#else
constexpr int kStressScale = 10;
#endif

Worker& stress_worker(std::size_t i) {
  Runtime& runtime = Runtime::current();
  return runtime.worker(i % runtime.worker_count());
}

TEST(ChannelStress, ping_pong_over_two_workers_never_stops) {
  for (std::size_t capacity : {0, 1}) {
    Result<int> rounds = run_on(2, [capacity]() -> Task<int> {
      Channel<int> there(capacity);
      Channel<int> back(capacity);
      int last = 0;
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go_on(
            stress_worker(1),
            [](Channel<int> in, Channel<int> out) -> Task<> {
              while (std::optional<int> value = co_await in.receive()) co_await out.send(*value + 1);
            },
            there, back);
        for (int i = 0; i < 10'000 * kStressScale; ++i) {
          co_await there.send(last);
          std::optional<int> value = co_await back.receive();
          last = *value;
        }
        there.close();
      });
      co_return last;
    });
    EXPECT_EQ(*rounds, 10'000 * kStressScale);
  }
}

TEST(ChannelStress, many_producers_and_consumers_lose_and_double_nothing) {
  constexpr int kProducers = 16;
  constexpr int kConsumers = 23;
  constexpr int kPerProducer = 1500 * kStressScale;
  for (std::size_t capacity : {0, 1, 64}) {
    std::array<std::vector<int>, kConsumers> got;
    Result<> result = run_on(4, [&]() -> Task<> {
      Channel<int> values(capacity);
      co_await with_scope([&](Scope& scope) -> Task<> {
        for (std::size_t i = 0; i < kConsumers; ++i) {
          scope.go_on(stress_worker(i), [&got, values, i]() -> Task<> {
            while (std::optional<int> value = co_await values.receive()) got[i].push_back(*value);
          });
        }
        co_await with_scope([&](Scope& producers) -> Task<> {
          for (int i = 0; i < kProducers; ++i) {
            producers.go_on(stress_worker(static_cast<std::size_t>(i)), [values, i]() -> Task<> {
              for (int n = 0; n < kPerProducer; ++n) co_await values.send(i * kPerProducer + n);
            });
          }
          co_return;
        });
        values.close();
      });
    });
    EXPECT_TRUE(result);
    std::vector<int> all_values;
    for (const std::vector<int>& part : got) {
      // Each consumer sees the values of one producer in their order.
      std::array<int, kProducers> last;
      last.fill(-1);
      for (int value : part) {
        ASSERT_GT(value, last[static_cast<std::size_t>(value / kPerProducer)]);
        last[static_cast<std::size_t>(value / kPerProducer)] = value;
      }
      all_values.insert(all_values.end(), part.begin(), part.end());
    }
    std::ranges::sort(all_values);
    ASSERT_EQ(all_values.size(), static_cast<std::size_t>(kProducers * kPerProducer));
    for (int i = 0; i < kProducers * kPerProducer; ++i) ASSERT_EQ(all_values[static_cast<std::size_t>(i)], i);
  }
}

// Go's SelectStress: four channels, each sent to and received from by a plain loop and by a select over all.
TEST(ChannelStress, selects_and_plain_operations_on_the_same_channels_all_end) {
  constexpr int kEach = 1000 * kStressScale;
  std::array<Channel<int>, 4> channels{Channel<int>(0), Channel<int>(0), Channel<int>(2), Channel<int>(3)};
  Result<> result = run_on(4, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 4; ++i) {
        scope.go_on(stress_worker(i), [channel = channels[i]]() -> Task<> {
          for (int n = 0; n < kEach; ++n) co_await channel.send(n);
        });
        scope.go_on(stress_worker(i + 1), [channel = channels[i]]() -> Task<> {
          for (int n = 0; n < kEach; ++n) (void)co_await channel.receive();
        });
      }
      scope.go_on(stress_worker(2), [&channels]() -> Task<> {
        std::array<int, 4> sent{};
        std::array<Channel<int>, 4> open = channels;
        for (int i = 0; i < 4 * kEach; ++i) {
          std::size_t index =
              co_await select(open[3].on_send(0), open[2].on_send(0), open[0].on_send(0), open[1].on_send(0));
          const std::size_t which = std::array<std::size_t, 4>{3, 2, 0, 1}[index];
          if (++sent[which] == kEach) open[which] = Channel<int>();
        }
      });
      scope.go_on(stress_worker(3), [&channels]() -> Task<> {
        std::array<int, 4> received{};
        std::array<Channel<int>, 4> open = channels;
        std::optional<int> value;
        for (int i = 0; i < 4 * kEach; ++i) {
          std::size_t index = co_await select(open[0].on_receive(value), open[1].on_receive(value),
                                              open[2].on_receive(value), open[3].on_receive(value));
          if (++received[index] == kEach) open[index] = Channel<int>();
        }
      });
      co_return;
    });
  });
  EXPECT_TRUE(result);
  for (const Channel<int>& channel : channels) EXPECT_EQ(channel.size(), 0U);
}

// Go's NonblockSelectRace: of a sender without waiting and a closer, the receiver without waiting sees one.
TEST(ChannelStress, a_select_with_default_sees_what_happened_before_a_close) {
  std::atomic<int> missed = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    for (int i = 0; i < 2000 * kStressScale; ++i) {
      Channel<int> a(1);
      Channel<int> b(1);
      co_await a.send(1);
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go_on(stress_worker(1), [&]() -> Task<> {
          std::optional<int> value;
          std::size_t index = co_await select(a.on_receive(value), b.on_receive(value), otherwise());
          if (index == 2) ++missed;
        });
        // At every moment one of the two holds a value.
        co_await b.send(1);
        std::optional<int> value;
        co_await select(a.on_receive(value), otherwise());
      });
    }
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(missed, 0);
}

TEST(ChannelStress, cancellation_and_delivery_race_without_losing_a_value) {
  // Each value is received, or its sender is cancelled and has not sent it.
  std::atomic<int> sent = 0;
  std::atomic<int> received = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    Channel<int> channel(0);
    co_await with_scope([&](Scope& outer) -> Task<> {
      outer.go_on(stress_worker(1), [&]() -> Task<> {
        while (std::optional<int> value = co_await channel.receive()) ++received;
      });
      for (int i = 0; i < 2000 * kStressScale; ++i) {
        (void)co_await with_scope([&](Scope& scope) -> Task<> {
          scope.go([&]() -> Task<> {
            co_await channel.send(1);
            ++sent;
          });
          for (std::uint64_t turns = random_below(4); turns > 0; --turns) co_await yield();
          scope.cancel();
        }).result();
      }
      channel.close();
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(sent, received);
}

TEST(ChannelStress, workers_that_fall_asleep_are_woken_every_time) {
  // Long enough pauses that both workers wait for events when the next value comes.
  Result<int> got = run_on(2, []() -> Task<int> {
    Channel<int> channel(0);
    int sum = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go_on(stress_worker(1), [&]() -> Task<> {
        for (int i = 0; i < 200; ++i) {
          co_await sleep(1ms);
          co_await channel.send(1);
        }
      });
      for (int i = 0; i < 200; ++i) {
        std::optional<int> value = co_await channel.receive();
        sum += *value;
      }
    });
    co_return sum;
  });
  EXPECT_EQ(*got, 200);
}

TEST(ChannelStress, a_chain_of_scopes_over_workers_spawns_joins_and_frees) {
  std::atomic<int> live = 0;
  std::atomic<int> ran = 0;
  Result<> result = run_on(4, [&]() -> Task<> {
    for (int round = 0; round < 200 * kStressScale; ++round) {
      co_await with_scope([&](Scope& scope) -> Task<> {
        for (std::size_t i = 0; i < 8; ++i) {
          scope.go_on(stress_worker(i), [&, witness = async_test::Counted(live)]() -> Task<> {
            co_await yield();
            ++ran;
          });
        }
        co_return;
      });
      EXPECT_EQ(live, 0);
    }
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(ran, 8 * 200 * kStressScale);
}

TEST(ChannelStress, first_errors_on_other_workers_cancel_and_join) {
  std::atomic<int> live = 0;
  Result<> result = run_on(4, [&]() -> Task<> {
    for (int round = 0; round < 200 * kStressScale; ++round) {
      Result<> failed = co_await with_scope([&](Scope& scope) -> Task<> {
                          for (std::size_t i = 0; i < 8; ++i) {
                            scope.go_on(stress_worker(i), [i, witness = async_test::Counted(live)]() -> Task<> {
                              if (i == 5) co_await Error::not_found("five");
                              co_await sleep(1h);
                            });
                          }
                          co_await sleep(1h);
                        }).result();
      EXPECT_EQ(failed.error(), Error::not_found("five"));
      EXPECT_EQ(live, 0);
    }
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace skerry
