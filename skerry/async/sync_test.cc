// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/sync.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::run_on;
using async_test::until_waiting;

#if defined(SKERRY_SANITIZED)
constexpr int kSyncRounds = 1000;
#else
constexpr int kSyncRounds = 10'000;
#endif

TEST(Mutex, excludes_tasks_of_all_workers) {
  int inside = 0;
  int counter = 0;
  Result<> result = run_on(4, [&]() -> Task<> {
    Mutex mutex;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 8; ++i) {
        scope.go_on(Runtime::current().worker(i % 4), [&]() -> Task<> {
          for (int n = 0; n < kSyncRounds / 4; ++n) {
            auto guard = co_await mutex.lock();
            EXPECT_EQ(++inside, 1);
            if (n % 16 == 0) co_await yield();
            ++counter;
            --inside;
          }
        });
      }
      co_return;
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(counter, 8 * (kSyncRounds / 4));
}

TEST(Mutex, is_handed_over_in_the_order_of_the_requests) {
  std::vector<int> order;
  Result<> result = run_on(1, [&]() -> Task<> {
    Mutex mutex;
    auto guard = co_await mutex.lock();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 5; ++i) {
        scope.go([&, i]() -> Task<> {
          auto own = co_await mutex.lock();
          order.push_back(i);
          co_await yield();
        });
      }
      co_await until_waiting("mutex", 5);
      guard.unlock();
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(Mutex, is_released_by_an_error_and_a_cancellation_of_its_holder) {
  Result<> result = run_on(1, []() -> Task<> {
    Mutex mutex;
    auto fail_inside = [](Mutex* lock) -> Task<> {
      auto guard = co_await lock->lock();
      co_await Error::aborted("inside");
    };
    auto sleep_inside = [](Mutex* lock) -> Task<> {
      auto guard = co_await lock->lock();
      co_await sleep(24h);
    };
    (void)co_await fail_inside(&mutex).result();
    (void)co_await with_timeout(1ms, sleep_inside(&mutex)).result();
    auto guard = co_await mutex.lock();
  });
  EXPECT_TRUE(result);
}

TEST(Mutex, taken_and_released_in_a_loop_does_not_keep_others_from_running) {
  bool ran = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    go([&]() -> Task<> {
      ran = true;
      co_return;
    });
    Mutex mutex;
    for (int i = 0; i < 1000 && !ran; ++i) auto guard = co_await mutex.lock();
  });
  EXPECT_TRUE(result);
  EXPECT_TRUE(ran);
}

TEST(Semaphore, lets_as_many_in_as_it_has_permits) {
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  Result<> result = run_on(4, [&]() -> Task<> {
    Semaphore semaphore(3);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 20; ++i) {
        scope.go_on(Runtime::current().worker(i % 4), [&]() -> Task<> {
          for (int n = 0; n < 50; ++n) {
            co_await semaphore.acquire();
            const int now = ++inside;
            int before = most;
            while (now > before && !most.compare_exchange_weak(before, now)) {
            }
            co_await yield();
            --inside;
            semaphore.release();
          }
        });
      }
      co_return;
    });
    EXPECT_EQ(semaphore.available(), 3U);
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(most, 3);
}

TEST(Semaphore, a_large_request_at_the_head_is_not_overtaken) {
  std::vector<int> order;
  Result<> result = run_on(1, [&]() -> Task<> {
    Semaphore semaphore(2);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        co_await semaphore.acquire(5);
        order.push_back(5);
        semaphore.release(5);
      });
      co_await until_waiting("semaphore", 1);
      scope.go([&]() -> Task<> {
        co_await semaphore.acquire(1);
        order.push_back(1);
      });
      co_await until_waiting("semaphore", 2);
      EXPECT_FALSE(semaphore.try_acquire(1)) << "somebody waits before";
      semaphore.release(3);
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(order, (std::vector<int>{5, 1}));
}

TEST(Semaphore, a_cancelled_large_request_lets_the_smaller_ones_behind_it_go) {
  Result<> result = run_on(1, []() -> Task<> {
    Semaphore semaphore(1);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        (void)co_await with_timeout(5ms, [](Semaphore* s) -> Task<> { co_await s->acquire(10); }(&semaphore)).result();
      });
      co_await until_waiting("semaphore", 1);
      co_await semaphore.acquire(1);
    });
  });
  EXPECT_TRUE(result);
}

TEST(Event, wakes_all_that_wait_and_stays_set_until_reset) {
  int woken = 0;
  Result<> result = run_on(1, [&]() -> Task<> {
    Event event;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 10; ++i) {
        scope.go([&]() -> Task<> {
          co_await event.wait();
          ++woken;
        });
      }
      co_await until_waiting("event", 10);
      event.set();
    });
    co_await event.wait();
    EXPECT_TRUE(event.is_set());
    event.reset();
    EXPECT_FALSE(event.is_set());
    Result<> again = co_await with_timeout(1ms, [](Event* e) -> Task<> { co_await e->wait(); }(&event)).result();
    EXPECT_FALSE(again);
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(woken, 10);
}

// The task that set() and release() wake may destroy the object while they are not back yet.
TEST(Event, may_be_destroyed_by_the_task_that_it_woke) {
  Result<> result = run_on(2, []() -> Task<> {
    for (int i = 0; i < kSyncRounds; ++i) {
      auto event = std::make_unique<Event>();
      go_on(
          Runtime::current().worker(1), "setter",
          [](Event* target) -> Task<> {
            target->set();
            co_return;
          },
          event.get());
      co_await event->wait();
      event.reset();
    }
  });
  EXPECT_TRUE(result);
}

TEST(Semaphore, may_be_destroyed_by_the_task_that_it_woke) {
  Result<> result = run_on(2, []() -> Task<> {
    for (int i = 0; i < kSyncRounds; ++i) {
      auto semaphore = std::make_unique<Semaphore>(0);
      go_on(
          Runtime::current().worker(1), "releaser",
          [](Semaphore* target) -> Task<> {
            target->release();
            co_return;
          },
          semaphore.get());
      co_await semaphore->acquire();
      semaphore.reset();
    }
  });
  EXPECT_TRUE(result);
}

TEST(Event, may_be_set_by_a_thread_that_is_no_worker) {
  Result<> result = run_on(1, []() -> Task<> {
    Event event;
    std::thread thread([&] { event.set(); });
    co_await event.wait();
    thread.join();
  });
  EXPECT_TRUE(result);
}

}  // namespace
}  // namespace skerry
