// SPDX-License-Identifier: Apache-2.0
//
// Signal: wakes the one task that waits for something to change, on one worker and without a lock. The waiter looks at
// the condition itself, in a loop, as with a condition variable. Internal to http/.
#pragma once

#include <coroutine>

#include "skerry/async/context.h"
#include "skerry/async/fiber.h"
#include "skerry/base/check.h"

namespace skerry::http::internal {

class Signal {
 public:
  Signal() = default;
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  ~Signal() { SKERRY_CHECK(fiber_ == nullptr, "a signal outlives who waits for it"); }

  class SignalWait final : public skerry::internal::Wait {
   public:
    SignalWait(Signal& signal, const char* what) : Wait(what), signal_(signal) {}
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
      skerry::internal::Fiber* fiber = skerry::internal::Fiber::current();
      if (fiber->cancelled()) return skerry::internal::end_cancelled(&frame.promise());
      SKERRY_CHECK(signal_.fiber_ == nullptr, "two tasks read, or write, one body at once");
      fiber->begin_wait(this, &frame.promise());
      signal_.fiber_ = fiber;
      return std::noop_coroutine();
    }
    void await_resume() const noexcept {}
    bool cancel() noexcept override {
      skerry::internal::Fiber* fiber = signal_.fiber_;
      if (fiber == nullptr || !fiber->try_claim()) return false;
      signal_.fiber_ = nullptr;
      return true;
    }

   private:
    Signal& signal_;
  };

  /// `co_await signal.wait("what for")`: until the next `notify`. `what` must be a literal.
  SignalWait wait(const char* what) { return {*this, what}; }

  /// Wakes the waiter, if there is one.
  void notify() {
    skerry::internal::Fiber* fiber = fiber_;
    if (fiber == nullptr) return;
    fiber_ = nullptr;
    if (fiber->try_claim()) fiber->wake();
  }
  bool has_waiter() const { return fiber_ != nullptr; }

 private:
  skerry::internal::Fiber* fiber_ = nullptr;
};

}  // namespace skerry::http::internal
