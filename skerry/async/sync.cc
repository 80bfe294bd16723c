// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/sync.h"

#include "skerry/async/context.h"

namespace skerry {

namespace internal {

bool AcquireWait::await_ready() noexcept { return semaphore_.try_acquire(count_); }

std::coroutine_handle<> AcquireWait::suspend(PromiseBase* frame) noexcept {
  fiber_ = Fiber::current();
  if (fiber_->cancelled()) return end_cancelled(frame);
  std::lock_guard lock(semaphore_.mutex_);
  if (semaphore_.first_ == nullptr && semaphore_.permits_ >= count_) {
    semaphore_.permits_ -= count_;
    return frame->handle();
  }
  fiber_->begin_wait(this, frame);
  previous_ = semaphore_.last_;
  (previous_ != nullptr ? previous_->next_ : semaphore_.first_) = this;
  semaphore_.last_ = this;
  return std::noop_coroutine();
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

std::coroutine_handle<> Event::EventWait::suspend(internal::PromiseBase* frame) noexcept {
  fiber_ = internal::Fiber::current();
  if (fiber_->cancelled()) return internal::end_cancelled(frame);
  std::lock_guard lock(event_.mutex_);
  if (event_.set_) return frame->handle();
  fiber_->begin_wait(this, frame);
  next_ = event_.first_;
  if (next_ != nullptr) next_->previous_ = this;
  event_.first_ = this;
  return std::noop_coroutine();
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
