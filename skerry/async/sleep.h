// SPDX-License-Identifier: Apache-2.0
//
// Waiting for time. A sleep is a node in the worker's timer wheel: it allocates nothing and costs no system timer.
#pragma once

#include <chrono>
#include <coroutine>

#include "skerry/async/context.h"
#include "skerry/async/worker.h"

namespace skerry {

namespace internal {

class SleepAwaiter final : public Wait {
 public:
  explicit SleepAwaiter(std::chrono::steady_clock::time_point until) : Wait("sleep"), until_(until) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return suspend(&frame.promise());
  }
  void await_resume() const noexcept {}
  bool cancel() noexcept override;

 private:
  std::coroutine_handle<> suspend(PromiseBase* frame) noexcept;
  struct Timer : TimerNode {
    Fiber* fiber;
  };
  std::chrono::steady_clock::time_point until_;
  Timer timer_;
};

class YieldAwaiter final : public Wait {
 public:
  YieldAwaiter() : Wait("yield") {}
  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return suspend(&frame.promise());
  }
  void await_resume() const noexcept {}
  bool cancel() noexcept override { return false; }

 private:
  std::coroutine_handle<> suspend(PromiseBase* frame) noexcept;
};

}  // namespace internal

/// Waits for at least `duration` (to the next millisecond). Cancellation ends the task at once.
inline internal::SleepAwaiter sleep(std::chrono::nanoseconds duration) {
  return internal::SleepAwaiter(internal::deadline_after(duration));
}
/// Waits until the point in time has passed.
inline internal::SleepAwaiter sleep_until(std::chrono::steady_clock::time_point until) {
  return internal::SleepAwaiter(until);
}
/// Lets the other ready tasks of this worker run first.
inline internal::YieldAwaiter yield() { return {}; }

}  // namespace skerry
