// SPDX-License-Identifier: Apache-2.0
//
// The life of a runtime: where tasks run, what reports show, how it stops.
#include "skerry/async/runtime.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <thread>

#include "skerry/async/channel.h"
#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"
#include "skerry/base/defer.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::Counted;
using async_test::run_on;
using async_test::until;
using async_test::until_waiting;

TEST(Runtime, gives_the_value_the_error_or_the_panic_of_its_task) {
  EXPECT_EQ(*run_on(2, []() -> Task<int> { co_return 4; }), 4);
  EXPECT_EQ(run_on(2, []() -> Task<int> { co_return Error::aborted("no"); }).error(), Error::aborted("no"));
  EXPECT_THROW((void)run_on(2,
                            []() -> Task<int> {
                              throw std::range_error("bug");
                              co_return 0;
                            }),
               std::range_error);
}

TEST(Runtime, may_run_again_and_again) {
  Runtime runtime({.workers = 3});
  for (int i = 0; i < 50; ++i) {
    Result<int> result = runtime.run([i]() -> Task<int> {
      co_await yield();
      co_return i;
    });
    EXPECT_EQ(*result, i);
  }
}

TEST(Runtime, a_task_stays_on_its_worker) {
  std::set<std::thread::id> threads;
  Result<> result = run_on(3, [&]() -> Task<> {
    for (std::size_t i = 0; i < 3; ++i) {
      co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go_on(Runtime::current().worker(i), [&, i]() -> Task<> {
          const std::thread::id thread = std::this_thread::get_id();
          EXPECT_TRUE(threads.insert(thread).second);
          for (int n = 0; n < 20; ++n) {
            co_await yield();
            EXPECT_EQ(Worker::current()->index(), i);
            EXPECT_EQ(std::this_thread::get_id(), thread);
          }
        });
        co_return;
      });
    }
  });
  EXPECT_TRUE(result);
}

TEST(Runtime, go_anywhere_picks_the_worker_with_the_fewest_tasks) {
  Result<> result = run_on(4, []() -> Task<> {
    // With this task on worker 0 they fill the four evenly.
    for (int i = 0; i < 15; ++i) go_anywhere([]() -> Task<> { co_await sleep(24h); });
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(Runtime::current().worker(i).live_fibers(), 4U);
    co_return;
  });
  EXPECT_TRUE(result);
}

TEST(Runtime, reports_live_tasks_with_name_state_and_worker) {
  Result<> result = run_on(2, []() -> Task<> {
    Channel<int> channel(0);
    go_named("sleeper", []() -> Task<> { co_await sleep(24h); });
    go_on(
        Runtime::current().worker(1), "receiver", [](Channel<int> in) -> Task<> { (void)co_await in.receive(); },
        channel);
    co_await until_waiting("sleep", 1);
    co_await until_waiting("channel receive", 1);
    std::vector<TaskInfo> tasks = co_await Runtime::current().tasks();
    std::set<std::string> seen;
    std::set<std::uint64_t> ids;
    for (const TaskInfo& task : tasks) {
      seen.insert(task.name + "/" + task.state + "/" + std::to_string(task.worker));
      EXPECT_TRUE(ids.insert(task.id).second);
      EXPECT_GE(task.age.count(), 0);
    }
    EXPECT_TRUE(seen.contains("sleeper/sleep/0"));
    EXPECT_TRUE(seen.contains("receiver/channel receive/1"));
    EXPECT_TRUE(seen.contains("main/children of a scope/0"));
  });
  EXPECT_TRUE(result);
}

TEST(Stop, cancels_detached_tasks_on_all_workers_waits_for_them_and_frees_their_frames) {
  std::atomic<int> live = 0;
  std::atomic<int> cleaned_up = 0;
  Result<> result = run_on(3, [&]() -> Task<> {
    for (std::size_t i = 0; i < 30; ++i) {
      go_on(
          Runtime::current().worker(i % 3), "detached",
          [&cleaned_up](Counted) -> Task<> {
            co_await shielded(1h, []() -> Task<> { co_await sleep(10ms); }());
            ++cleaned_up;
            co_await sleep(24h);
          },
          Counted(live));
    }
    co_await until([&] { return live == 30; });
    co_await yield();
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(live, 0);
  EXPECT_EQ(cleaned_up, 30);
}

TEST(Stop, ends_detached_tasks_that_are_never_idle) {
  std::atomic<int> live = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    for (std::size_t i = 0; i < 4; ++i) {
      go_on(
          Runtime::current().worker(i % 2), "busy",
          [](Counted) -> Task<> {
            for (;;) co_await yield();
          },
          Counted(live));
    }
    Channel<int> channel(0);
    for (std::size_t i = 0; i < 2; ++i) {
      go_on(
          Runtime::current().worker(i), "ping",
          [](Channel<int> both, Counted) -> Task<> {
            for (;;) {
              co_await both.send(1);
              (void)co_await both.receive();
            }
          },
          channel, Counted(live));
      go_on(
          Runtime::current().worker(i), "pong",
          [](Channel<int> both, Counted) -> Task<> {
            for (;;) {
              (void)co_await both.receive();
              co_await both.send(1);
            }
          },
          channel, Counted(live));
    }
    co_await until([&] { return live == 8; });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(live, 0);
}

TEST(Stop, ends_tasks_that_tasks_start_while_it_stops) {
  struct Chain {
    static Task<> next(int left, Counted, std::atomic<int>* live) {
      Defer start_another([&] {
        const std::size_t worker = static_cast<std::size_t>(left) % Runtime::current().worker_count();
        if (left > 0) go_on(Runtime::current().worker(worker), "chain", next, left - 1, Counted(*live), live);
      });
      co_await sleep(24h);
    }
  };
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> live = 0;
    Result<> result = run_on(3, [&]() -> Task<> {
      for (int i = 0; i < 4; ++i) go(Chain::next, 50 + i, Counted(live), &live);
      co_await yield();
    });
    EXPECT_TRUE(result);
    EXPECT_EQ(live, 0);
  }
}

TEST(Stop, lets_a_shielded_scope_finish_with_its_children) {
  std::atomic<int> done = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    go(
        [](std::atomic<int>* count) -> Task<> {
          co_await shielded(1h, with_scope([count](Scope& scope) -> Task<> {
                              scope.go_on(Runtime::current().worker(1), [count]() -> Task<> {
                                co_await sleep(10ms);
                                ++*count;
                              });
                              co_return;
                            }));
          ++*count;
        },
        &done);
    co_await until_waiting("sleep", 1);
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(done, 2);
}

TEST(Stop, is_quick_when_nothing_is_left_to_do) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    (void)run_on(2, []() -> Task<> {
      go_on(Runtime::current().worker(1), "sleeper", []() -> Task<> { co_await sleep(24h); });
      co_return;
    });
  }
  // Polling for the end of the others would take 20 ms each time.
  EXPECT_LT(std::chrono::steady_clock::now() - start, 800ms);
}

TEST(Stop, gives_up_on_a_task_that_does_not_end_and_names_it) {
  EXPECT_DEATH(
      {
        Runtime runtime({.workers = 1, .stop_limit = 30ms});
        (void)runtime.run([]() -> Task<> {
          go_named("stubborn task",
                   []() -> Task<> { co_await shielded(1h, []() -> Task<> { co_await sleep(1h); }()); });
          co_await yield();
        });
      },
      "stubborn task: sleep");
}

TEST(Go, a_panic_in_a_detached_task_ends_the_process_with_its_name_and_text) {
  EXPECT_DEATH((void)run_on(1,
                            []() -> Task<> {
                              go_named("careless", []() -> Task<> {
                                throw std::range_error("index 9 of 3");
                                co_return;
                              });
                              co_await sleep(1h);
                            }),
               "careless.*index 9 of 3");
}

TEST(Go, an_error_of_a_detached_task_is_reported_and_a_cancellation_is_not) {
  testing::internal::CaptureStderr();
  (void)run_on(1, []() -> Task<> {
    go_named("reported", []() -> Task<> { co_await Error::data_loss("disk on fire"); });
    go_named("silent", []() -> Task<> { co_await sleep(24h); });
    co_await yield();
    co_await yield();
  });
  const std::string report = testing::internal::GetCapturedStderr();
  EXPECT_NE(report.find("reported"), std::string::npos);
  EXPECT_NE(report.find("disk on fire"), std::string::npos);
  EXPECT_EQ(report.find("silent"), std::string::npos);
}

TEST(Runtime, run_inside_of_a_task_is_a_bug_that_is_reported) {
  EXPECT_DEATH((void)run_on(1,
                            []() -> Task<> {
                              (void)run_on(1, []() -> Task<> { co_return; });
                              co_return;
                            }),
               "not for use inside a task");
}

}  // namespace
}  // namespace skerry
