// SPDX-License-Identifier: Apache-2.0
//
// See cancel_test.cc for blocking calls that are cancelled.
#include "skerry/async/blocking.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "skerry/async/scope.h"
#include "skerry/async/test_util.h"

namespace skerry {
namespace {

using namespace std::chrono_literals;
using async_test::Counted;
using async_test::run_on;
using async_test::until;

TEST(Blocking, gives_the_value_of_the_function) {
  Result<> result = run_on(1, []() -> Task<> {
    int number = co_await blocking([] { return 3; });
    EXPECT_EQ(number, 3);
    std::unique_ptr<int> pointer = co_await blocking([] { return std::make_unique<int>(4); });
    EXPECT_EQ(*pointer, 4);
    co_await blocking([] {});
  });
  EXPECT_TRUE(result);
}

TEST(Blocking, passes_results_on) {
  Result<int> value = run_on(1, []() -> Task<int> { co_return co_await blocking([]() -> Result<int> { return 5; }); });
  Result<> error =
      run_on(1, []() -> Task<> { co_await blocking([]() -> Result<> { return fail(Error::data_loss("disk")); }); });
  EXPECT_EQ(*value, 5);
  EXPECT_EQ(error.error(), Error::data_loss("disk"));
}

TEST(Blocking, an_exception_is_a_panic_of_the_awaiting_task) {
  EXPECT_THROW((void)run_on(1, []() -> Task<> { co_await blocking([] { throw std::range_error("bug"); }); }),
               std::range_error);
}

TEST(Blocking, runs_on_another_thread_while_the_worker_goes_on) {
  std::atomic<bool> released = false;
  Result<> result = run_on(1, [&]() -> Task<> {
    const std::thread::id worker_thread = std::this_thread::get_id();
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        std::thread::id thread = co_await blocking([&] {
          EXPECT_EQ(&Runtime::current(), internal::BlockingPool::runtime_of_thread());
          while (!released) std::this_thread::yield();
          return std::this_thread::get_id();
        });
        EXPECT_NE(thread, worker_thread);
        EXPECT_EQ(std::this_thread::get_id(), worker_thread);
      });
      co_await sleep(1ms);
      released = true;
    });
  });
  EXPECT_TRUE(result);
}

TEST(Blocking, owns_what_the_function_holds_and_frees_it_with_the_call) {
  std::atomic<int> live = 0;
  Result<> result = run_on(1, [&]() -> Task<> {
    co_await blocking([&live, owned = Counted(live)] { EXPECT_EQ(live, 1); });
    EXPECT_EQ(live, 0);
  });
  EXPECT_TRUE(result);
}

/// Lets blocking calls wait until it is opened, and counts them.
class Barrier {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++inside_;
    most_ = std::max(most_, inside_);
    changed_.wait(lock, [this] { return open_; });
    --inside_;
  }
  void open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  int inside() {
    std::lock_guard lock(mutex_);
    return inside_;
  }
  int most() {
    std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int inside_ = 0;
  int most_ = 0;
};

TEST(Blocking, uses_no_more_threads_than_allowed_and_runs_the_rest_later) {
  Barrier barrier;
  std::atomic<int> ran = 0;
  Runtime runtime({.workers = 2, .max_blocking_threads = 4});
  Result<> result = runtime.run([&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 40; ++i) {
        scope.go_on(Runtime::current().worker(i % 2), [&]() -> Task<> {
          co_await blocking([&] { barrier.pass(); });
          ++ran;
        });
      }
      co_await until([&] { return barrier.inside() == 4 && runtime.blocking_pool().queued() == 36; });
      barrier.open();
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(ran, 40);
  EXPECT_EQ(barrier.most(), 4);
}

TEST(Blocking, refuses_what_would_wait_beyond_the_limit_of_the_queue) {
  Barrier barrier;
  int refused = 0;
  int done = 0;
  Runtime runtime({.workers = 1, .max_blocking_threads = 2, .max_blocking_queue = 3});
  Result<> result = runtime.run([&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      // Two run, three wait, the other four are refused; whether the threads have taken theirs yet makes no difference.
      for (int i = 0; i < 9; ++i) {
        scope.go([&]() -> Task<> {
          Result<> ended = co_await blocking([&] { barrier.pass(); }).result();
          if (ended) {
            ++done;
          } else if (ended.error().code() == Code::kResourceExhausted) {
            ++refused;
          }
        });
      }
      co_await until([&] { return refused == 4; });
      barrier.open();
    });
    EXPECT_EQ(done, 5);
    co_await blocking([] {});
  });
  EXPECT_TRUE(result) << "with the queue empty, calls are taken again";
  EXPECT_EQ(refused, 4);
}

TEST(Blocking, uses_an_idle_thread_again) {
  std::set<std::thread::id> threads;
  Result<> result = run_on(1, [&]() -> Task<> {
    for (int i = 0; i < 100; ++i) {
      std::thread::id id = co_await blocking([] { return std::this_thread::get_id(); });
      threads.insert(id);
    }
  });
  EXPECT_TRUE(result);
  // The thread that has just answered may not be back at its queue yet when the next call comes.
  EXPECT_LE(threads.size(), 3U);
}

TEST(Blocking, many_calls_from_many_workers_all_come_back) {
#if defined(SKERRY_SANITIZED)
  constexpr int kCalls = 200;
#else
  constexpr int kCalls = 2000;
#endif
  std::atomic<int> sum = 0;
  Result<> result = run_on(4, [&]() -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < 16; ++i) {
        scope.go_on(Runtime::current().worker(i % 4), [&]() -> Task<> {
          for (int n = 0; n < kCalls / 16; ++n) sum += co_await blocking([] { return 1; });
        });
      }
      co_return;
    });
  });
  EXPECT_TRUE(result);
  EXPECT_EQ(sum, kCalls / 16 * 16);
}

}  // namespace
}  // namespace skerry
