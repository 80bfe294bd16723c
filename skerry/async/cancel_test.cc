// SPDX-License-Identifier: Apache-2.0
//
// Cancelled while waiting, for everything a task can wait for: the wait ends, the frames go, nothing is left behind.
#include "skerry/async/cancel.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "skerry/async/blocking.h"
#include "skerry/async/scope.h"
#include "skerry/async/select.h"
#include "skerry/async/sync.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::Counted;
using async_test::run_on;
using async_test::until;
using async_test::until_waiting;

/// Runs `wait` in a child, on this worker and on another, cancels it once it waits for `what`, and expects it to end
/// with its frames freed, not to go on, and not to look at its own cancellation.
template <class Wait>
void expect_cancellable(const char* what, Wait wait) {
  for (std::size_t worker : {0, 1}) {
    std::atomic<int> live = 0;
    std::atomic<bool> went_on = false;
    Result<> result = run_on(2, [&]() -> Task<> {
      Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                         scope.go_on(
                             Runtime::current().worker(worker),
                             [&](Counted) -> Task<> {
                               (void)co_await wait().result();
                               went_on = true;
                             },
                             Counted(live));
                         co_await until_waiting(what, 1);
                         scope.cancel();
                       }).result();
      EXPECT_EQ(ended.error().code(), Code::kCancelled);
      EXPECT_EQ(live, 0);
    });
    EXPECT_TRUE(result) << what;
    EXPECT_FALSE(went_on) << what;
  }
}

TEST(Cancel, ends_a_channel_receive) {
  Channel<int> channel(0);
  expect_cancellable("channel receive", [&]() -> Task<> { (void)co_await channel.receive(); });
  EXPECT_FALSE(channel.try_send(1));
}

TEST(Cancel, ends_a_channel_send) {
  Channel<int> channel(0);
  expect_cancellable("channel send", [&]() -> Task<> { co_await channel.send(1); });
  EXPECT_FALSE(channel.try_receive().has_value());
}

TEST(Cancel, ends_a_select) {
  Channel<int> a(0);
  Channel<int> b(0);
  std::optional<int> value;
  expect_cancellable("select", [&]() -> Task<> { co_await select(a.on_send(1), b.on_receive(value), after(24h)); });
  EXPECT_FALSE(a.try_receive().has_value());
  EXPECT_FALSE(b.try_send(1));
}

TEST(Cancel, ends_a_sleep) {
  expect_cancellable("sleep", []() -> Task<> { co_await sleep(24h); });
}

TEST(Cancel, ends_a_wait_for_a_mutex_which_stays_usable) {
  Mutex mutex;
  Result<> result = run_on(1, [&]() -> Task<> {
    auto guard = co_await mutex.lock();
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { auto second = co_await mutex.lock(); });
      co_await until_waiting("mutex", 1);
      scope.cancel();
    }).result();
    guard.unlock();
    auto again =
        co_await with_timeout(1s, [](Mutex* lock) -> Task<Mutex::Guard> { co_return co_await lock->lock(); }(&mutex));
  });
  EXPECT_TRUE(result);
}

TEST(Cancel, ends_a_wait_for_a_semaphore_without_taking_permits) {
  Semaphore semaphore(1);
  expect_cancellable("semaphore", [&]() -> Task<> { co_await semaphore.acquire(2); });
  EXPECT_EQ(semaphore.available(), 1U);
  EXPECT_TRUE(semaphore.try_acquire());
}

TEST(Cancel, ends_a_wait_for_an_event) {
  Event event;
  expect_cancellable("event", [&]() -> Task<> { co_await event.wait(); });
  event.set();
}

TEST(Cancel, a_yield_of_a_cancelled_task_ends_it) {
  bool went_on = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.cancel();
      co_await yield();
      went_on = true;
    });
  });
  EXPECT_EQ(result.error().code(), Code::kCancelled);
  EXPECT_FALSE(went_on);
}

TEST(Cancel, a_join_goes_on_until_the_children_have_ended) {
  bool child_ended = false;
  bool went_on = false;
  Result<> result = run_on(2, [&]() -> Task<> {
    (void)co_await with_scope([&](Scope& outer) -> Task<> {
      outer.go([&]() -> Task<> {
        co_await with_scope([&](Scope& inner) -> Task<> {
          inner.go([&]() -> Task<> {
            co_await shielded(1h, []() -> Task<> { co_await sleep(10ms); }());
            child_ended = true;
          });
          co_return;
        });
        went_on = true;
      });
      co_await until_waiting("children of a scope", 1);
      outer.cancel();
    }).result();
    EXPECT_TRUE(child_ended);
  });
  EXPECT_TRUE(result);
  EXPECT_FALSE(went_on);
}

/// Holds a thread of the pool until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++passing_;
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  int passing() {
    std::lock_guard lock(mutex_);
    return passing_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int passing_ = 0;
};

TEST(Cancel, a_blocking_call_that_is_queued_never_runs) {
  Gate gate;
  std::atomic<bool> ran = false;
  std::atomic<int> live = 0;
  Runtime runtime({.workers = 1, .max_blocking_threads = 1});
  Result<> result = runtime.run([&]() -> Task<> {
    co_await with_scope([&](Scope& outer) -> Task<> {
      outer.go([&]() -> Task<> { co_await blocking([&] { gate.pass(); }); });
      co_await until([&] { return gate.passing() == 1; });
      (void)co_await with_scope([&](Scope& scope) -> Task<> {
        scope.go([&]() -> Task<> { co_await blocking([&ran, owned = Counted(live)] { ran = true; }); });
        co_await until_waiting("blocking call", 2);
        EXPECT_EQ(live, 1);
        scope.cancel();
      }).result();
      EXPECT_EQ(live, 0) << "what the call owned is freed";
      gate.open();
    });
    // The thread is free again, so a call left in the queue would run before this one.
    co_await blocking([] {});
  });
  EXPECT_TRUE(result);
  EXPECT_FALSE(ran);
}

TEST(Cancel, a_blocking_call_that_has_started_is_waited_for_and_its_outcome_known) {
  Gate gate;
  bool outcome_known = false;
  bool went_on = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        int value = co_await blocking([&] {
          gate.pass();
          return 7;
        });
        outcome_known = value == 7;
        co_await yield();
        went_on = true;
      });
      co_await until([&] { return gate.passing() == 1; });
      scope.cancel();
      for (int i = 0; i < 100; ++i) co_await shielded(1h, []() -> Task<> { co_await yield(); }());
      EXPECT_FALSE(outcome_known);
      gate.open();
    }).result();
  });
  EXPECT_TRUE(result);
  EXPECT_TRUE(outcome_known);
  EXPECT_FALSE(went_on);
}

TEST(Cancel, of_a_task_that_is_ready_takes_effect_at_its_next_wait) {
  std::vector<int> log;
  Result<> result = run_on(1, [&]() -> Task<> {
    Channel<int> channel(0);
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        std::optional<int> value = co_await channel.receive();
        log.push_back(*value);
        (void)co_await channel.receive();
        log.push_back(-1);
      });
      co_await until_waiting("channel receive", 1);
      // The value is handed over before the cancellation, and so it arrives.
      co_await channel.send(1);
      scope.cancel();
    }).result();
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(log, std::vector<int>{1});
}

TEST(Cancel, reaches_every_level_of_a_deep_tree_of_tasks) {
  struct Tree {
    static Task<> grow(int depth, Counted, std::atomic<int>* live) {
      if (depth == 0) co_await sleep(24h);
      co_await with_scope([&](Scope& scope) -> Task<> {
        for (std::size_t i = 0; i < 3; ++i) {
          scope.go_on(Runtime::current().worker(i % 2), grow, depth - 1, Counted(*live), live);
        }
        co_return;
      });
    }
  };
  std::atomic<int> live = 0;
  Result<> result = run_on(2, [&]() -> Task<> {
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go(Tree::grow, 5, Counted(live), &live);
      co_await until([&] { return live == 1 + 3 + 9 + 27 + 81 + 243; });
      scope.cancel();
    }).result();
    EXPECT_EQ(live, 0);
  });
  EXPECT_TRUE(result);
}

// A cancellation that finds an earlier, unrelated poke under way must not be lost.
TEST(Cancel, is_not_lost_when_cancellations_from_two_workers_meet) {
#if defined(SKERRY_SANITIZED)
  constexpr int kRounds = 500;
#else
  constexpr int kRounds = 20'000;
#endif
  Result<> result = run_on(3, [&]() -> Task<> {
    for (int round = 0; round < kRounds; ++round) {
      (void)co_await with_scope([&](Scope& outer) -> Task<> {
        outer.go_on(Runtime::current().worker(1), [&]() -> Task<> {
          (void)co_await with_scope([&](Scope& inner) -> Task<> {
            inner.go_on(Runtime::current().worker(2), [&inner]() -> Task<> {
              inner.cancel();
              co_return;
            });
            co_await sleep(24h);
          }).result();
          co_await sleep(24h);
        });
        outer.cancel();
        co_return;
      }).result();
    }
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace skerry
