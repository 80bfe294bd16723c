// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/sleep.h"

namespace skerry::internal {

std::coroutine_handle<> SleepAwaiter::suspend(PromiseBase* frame) noexcept {
  Fiber* fiber = Fiber::current();
  if (fiber->cancelled()) return end_cancelled(frame);
  timer_.fiber = fiber;
  timer_.expired = [](TimerNode* node) {
    Fiber* sleeper = static_cast<Timer*>(node)->fiber;
    if (sleeper->try_claim()) sleeper->wake();
  };
  fiber->begin_wait(this, frame);
  fiber->home()->schedule(timer_, until_);
  return std::noop_coroutine();
}

bool SleepAwaiter::cancel() noexcept {
  if (!timer_.fiber->try_claim()) return false;
  timer_.fiber->home()->cancel(timer_);
  return true;
}

std::coroutine_handle<> YieldAwaiter::suspend(PromiseBase* frame) noexcept {
  Fiber* fiber = Fiber::current();
  if (fiber->cancelled()) return end_cancelled(frame);
  fiber->begin_wait(this, frame);
  if (fiber->try_claim()) fiber->wake();
  return std::noop_coroutine();
}

}  // namespace skerry::internal
