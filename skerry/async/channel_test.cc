// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/channel.h"

#include <gtest/gtest.h>

#include <vector>

#include "skerry/async/blocking.h"
#include "skerry/async/go.h"
#include "skerry/async/live.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/select.h"
#include "skerry/async/sleep.h"
#include "skerry/base/defer.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;

template <class F>
auto run_on(unsigned workers, F f) {
  Runtime runtime({.workers = workers});
  return runtime.run(std::move(f));
}

TEST(Channel, hands_values_over_in_order_and_ends_at_close) {
  for (std::size_t capacity : {0, 1, 10}) {
    Result<std::vector<int>> got = run_on(2, [capacity]() -> Task<std::vector<int>> {
      Channel<int> channel(capacity);
      go_on(
          Runtime::current().worker(1), "sender",
          [](Channel<int> out) -> Task<> {
            for (int i = 0; i < 1000; ++i) co_await out.send(i);
            out.close();
          },
          channel);
      std::vector<int> values;
      while (std::optional<int> value = co_await channel.receive()) values.push_back(*value);
      co_return values;
    });
    ASSERT_EQ(got->size(), 1000U) << "capacity " << capacity;
    for (int i = 0; i < 1000; ++i) EXPECT_EQ((*got)[static_cast<std::size_t>(i)], i);
  }
}

TEST(Channel, send_on_a_closed_channel_panics) {
  EXPECT_THROW((void)run_on(1,
                            []() -> Task<> {
                              Channel<int> channel(1);
                              channel.close();
                              co_await channel.send(1);
                            }),
               Panic);
}

TEST(Select, takes_the_case_that_is_ready) {
  Result<std::size_t> chosen = run_on(1, []() -> Task<std::size_t> {
    Channel<int> empty(1);
    Channel<int> full(1);
    co_await full.send(5);
    std::optional<int> a;
    std::optional<int> b;
    std::size_t index = co_await select(empty.on_receive(a), full.on_receive(b), after(1h));
    if (b != 5) co_await Error::internal("wrong value");
    co_return index;
  });
  EXPECT_EQ(*chosen, 1U);
}

TEST(Select, a_timer_case_ends_the_wait) {
  Result<std::size_t> chosen = run_on(1, []() -> Task<std::size_t> {
    std::optional<int> a;
    Channel<int> empty(0);
    co_return co_await select(empty.on_receive(a), after(5ms));
  });
  EXPECT_EQ(*chosen, 1U);
}

TEST(Scope, waits_for_children_and_gives_the_first_error) {
  int ended = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        Defer count([&] { ++ended; });
        co_await sleep(1h);
      });
      scope.go([&]() -> Task<> {
        Defer count([&] { ++ended; });
        co_await Error::not_found("child");
      });
      co_await sleep(1h);
    });
  });
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(result.error(), Error::not_found("child"));
}

TEST(Timeout, cancels_the_task_and_is_its_error) {
  Result<> result = run_on(1, []() -> Task<> { co_await with_timeout(5ms, []() -> Task<> { co_await sleep(1h); }()); });
  EXPECT_EQ(result.error().code(), Code::kDeadlineExceeded);
}

TEST(Blocking, gives_the_value_and_passes_results_on) {
  Result<int> value = run_on(1, []() -> Task<int> { co_return co_await blocking([] { return 3; }); });
  Result<> error =
      run_on(1, []() -> Task<> { co_await blocking([]() -> Result<> { return fail(Error::data_loss("disk")); }); });
  EXPECT_EQ(*value, 3);
  EXPECT_EQ(error.error().code(), Code::kDataLoss);
}

TEST(Live, wakes_a_watcher_with_the_newest_value) {
  Result<int> seen = run_on(2, []() -> Task<int> {
    Live<int> live(1);
    auto watcher = live.watch();
    go_on(
        Runtime::current().worker(1), "setter",
        [](Live<int> target) -> Task<> {
          target.set(2);
          co_return;
        },
        live);
    auto value = co_await watcher.changed();
    co_return *value;
  });
  EXPECT_EQ(*seen, 2);
}

TEST(All, gives_the_values_in_order) {
  auto give = [](int value) -> Task<int> { co_return value; };
  Result<std::vector<int>> values = run_on(1, [&]() -> Task<std::vector<int>> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 3; ++i) tasks.push_back(give(i));
    co_return co_await all(std::move(tasks));
  });
  EXPECT_EQ(*values, (std::vector<int>{0, 1, 2}));
}

}  // namespace
}  // namespace skerry
