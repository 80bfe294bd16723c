// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/sync.h"

#include "skerry/async/context.h"
#include "skerry/async/worker.h"

namespace skerry {

namespace internal {
namespace {

// Over at once, but through the ready queue: the budget of the running task is spent and others get their turn.
void go_to_end_of_queue(Fiber* fiber) {
  if (fiber->try_claim()) fiber->wake();
}

}  // namespace

bool AcquireWait::await_ready() noexcept { return Worker::current()->spend_budget() && semaphore_.try_acquire(count_); }

std::coroutine_handle<> AcquireWait::suspend(PromiseBase* frame) noexcept {
  fiber_ = Fiber::current();
  if (fiber_->cancelled()) return end_cancelled(frame);
  std::lock_guard lock(semaphore_.mutex_);
  if (semaphore_.first_ == nullptr && semaphore_.permits_ >= count_) {
    semaphore_.permits_ -= count_;
    fiber_->begin_wait(this, frame);
    go_to_end_of_queue(fiber_);
    return std::noop_coroutine();
  }
  fiber_->begin_wait(this, frame);
  previous_ = semaphore_.last_;
  (previous_ != nullptr ? previous_->next_ : semaphore_.first_) = this;
  semaphore_.last_ = this;
  return std::noop_coroutine();
}

// Waits until whoever granted the permits has let go of the lock: this task may destroy the semaphore next.
void AcquireWait::await_resume() noexcept {
  if (fiber_ != nullptr) std::lock_guard lock(semaphore_.mutex_);
}

bool AcquireWait::cancel() noexcept {
  std::lock_guard lock(semaphore_.mutex_);
  if (!fiber_->try_claim()) return false;
  semaphore_.unlink(*this);
  // The one behind may want fewer permits than this one did.
  semaphore_.grant_waiters();
  return true;
}

}  // namespace internal

bool Semaphore::try_acquire(std::size_t count) {
  std::lock_guard lock(mutex_);
  if (first_ != nullptr || permits_ < count) return false;
  permits_ -= count;
  return true;
}

void Semaphore::release(std::size_t count) {
  std::lock_guard lock(mutex_);
  permits_ += count;
  grant_waiters();
}

std::size_t Semaphore::available() const {
  std::lock_guard lock(mutex_);
  return permits_;
}

// In order: a large request at the head is not overtaken, so it is never starved.
void Semaphore::grant_waiters() {
  while (first_ != nullptr && first_->count_ <= permits_) {
    internal::AcquireWait& wait = *first_;
    unlink(wait);
    if (!wait.fiber_->try_claim()) continue;
    permits_ -= wait.count_;
    wait.fiber_->wake();
  }
}

void Semaphore::unlink(internal::AcquireWait& wait) {
  (wait.previous_ != nullptr ? wait.previous_->next_ : first_) = wait.next_;
  (wait.next_ != nullptr ? wait.next_->previous_ : last_) = wait.previous_;
  wait.previous_ = wait.next_ = nullptr;
}

bool Event::EventWait::await_ready() const noexcept { return Worker::current()->spend_budget() && event_.is_set(); }

std::coroutine_handle<> Event::EventWait::suspend(internal::PromiseBase* frame) noexcept {
  fiber_ = internal::Fiber::current();
  if (fiber_->cancelled()) return internal::end_cancelled(frame);
  std::lock_guard lock(event_.mutex_);
  fiber_->begin_wait(this, frame);
  if (event_.set_) {
    internal::go_to_end_of_queue(fiber_);
    return std::noop_coroutine();
  }
  next_ = event_.first_;
  if (next_ != nullptr) next_->previous_ = this;
  event_.first_ = this;
  return std::noop_coroutine();
}

// Waits until set() has let go of the lock: this task may destroy the event next.
void Event::EventWait::await_resume() noexcept {
  if (fiber_ != nullptr) std::lock_guard lock(event_.mutex_);
}

bool Event::EventWait::cancel() noexcept {
  std::lock_guard lock(event_.mutex_);
  if (!fiber_->try_claim()) return false;
  event_.unlink(*this);
  return true;
}

void Event::set() {
  std::lock_guard lock(mutex_);
  set_ = true;
  while (first_ != nullptr) {
    EventWait& wait = *first_;
    unlink(wait);
    if (wait.fiber_->try_claim()) wait.fiber_->wake();
  }
}

void Event::reset() {
  std::lock_guard lock(mutex_);
  set_ = false;
}

bool Event::is_set() const {
  std::lock_guard lock(mutex_);
  return set_;
}

void Event::unlink(EventWait& wait) {
  (wait.previous_ != nullptr ? wait.previous_->next_ : first_) = wait.next_;
  if (wait.next_ != nullptr) wait.next_->previous_ = wait.previous_;
  wait.previous_ = wait.next_ = nullptr;
}

}  // namespace skerry
