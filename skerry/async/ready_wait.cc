// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/ready_wait.h"

#include "skerry/async/context.h"
#include "skerry/async/worker.h"
#include "skerry/base/check.h"

namespace skerry::internal {

std::coroutine_handle<> ReadyWait::suspend(PromiseBase* frame) noexcept {
  Fiber* fiber = Fiber::current();
  if (fiber->cancelled()) return end_cancelled(frame);
  fiber->begin_wait(this, frame);
  waiter_ = fiber;
  return std::noop_coroutine();
}

bool ReadyWait::cancel() noexcept {
  Fiber* fiber = waiter_;
  if (fiber == nullptr || !fiber->try_claim()) return false;
  waiter_ = nullptr;
  return true;
}

ScopedWatch::ScopedWatch(int fd) : reactor_(Worker::current()->reactor()) {
  watch_.fd = fd;
  SKERRY_CHECK(reactor_.add(watch_), "a descriptor cannot be watched: it is closed, a plain file, or watched already");
}

ScopedWatch::~ScopedWatch() { reactor_.remove(watch_); }

}  // namespace skerry::internal
