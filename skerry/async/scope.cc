// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/scope.h"

namespace skerry::internal {

ScopeState::ScopeState() : guard_(CancelGuard::Link::kInherit, kNoDeadline) {}

void ScopeState::child_started() {
  std::lock_guard lock(mutex_);
  ++running_;
}

void ScopeState::fail_with(const Error* error, const std::exception_ptr& panic) {
  {
    std::lock_guard lock(mutex_);
    if (failed_) return;
    failed_ = true;
    panic_ = panic;
    if (error != nullptr) error_ = *error;
  }
  node().cancel(CancelState::kCancelled);
}

void ScopeState::child_ended(const Error* error, const std::exception_ptr& panic) {
  if (error != nullptr || panic) fail_with(error, panic);
  // The joiner may destroy this state as soon as the lock is free: nothing is touched after it.
  std::lock_guard lock(mutex_);
  --running_;
  if (running_ > 0 || joiner_ == nullptr) return;
  Fiber* joiner = std::exchange(joiner_, nullptr);
  if (joiner->try_claim()) joiner->wake();
}

bool ScopeState::Join::suspend(PromiseBase* frame) noexcept {
  std::lock_guard lock(state_.mutex_);
  if (state_.running_ == 0) return false;
  state_.joiner_ = Fiber::current();
  state_.joiner_->begin_wait(this, frame);
  return true;
}

// Waits until the last child has let go of the lock.
void ScopeState::Join::await_resume() noexcept { std::lock_guard lock(state_.mutex_); }

}  // namespace skerry::internal
