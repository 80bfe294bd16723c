// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/context.h"

#include <utility>

#include "skerry/async/timeout.h"

namespace skerry {

Context Context::capture() {
  Context context;
  if (const internal::Fiber* fiber = internal::Fiber::current()) {
    context.slots_ = fiber->slots;
    context.deadline_ = fiber->cancel_top()->deadline();
  }
  return context;
}

std::optional<std::chrono::nanoseconds> time_left() {
  const internal::Fiber* fiber = internal::Fiber::current();
  if (fiber == nullptr || fiber->cancel_top()->deadline() == internal::kNoDeadline) return std::nullopt;
  return fiber->cancel_top()->deadline() - std::chrono::steady_clock::now();
}

bool is_cancelled() {
  const internal::Fiber* fiber = internal::Fiber::current();
  return fiber != nullptr && fiber->cancelled();
}

namespace internal {

namespace {

// Not inlined, so that no caller keeps the address of a thread's variable across a suspension.
[[gnu::noinline]] std::shared_ptr<const Slots>& slots_place() {
  thread_local std::shared_ptr<const Slots> slots_of_thread;
  Fiber* fiber = Fiber::current();
  return fiber != nullptr ? fiber->slots : slots_of_thread;
}

}  // namespace

const Slots* current_slots() { return slots_place().get(); }

std::shared_ptr<const Slots> exchange_current_slots(std::shared_ptr<const Slots> slots) {
  return std::exchange(slots_place(), std::move(slots));
}

void set_current_slots(std::shared_ptr<const Slots> slots) { slots_place() = std::move(slots); }

SlotsGuard::SlotsGuard(std::shared_ptr<const Slots> slots) : outer_(exchange_current_slots(std::move(slots))) {}

SlotsGuard::~SlotsGuard() { set_current_slots(std::move(outer_)); }

std::coroutine_handle<> end_cancelled(PromiseBase* promise) noexcept {
  const bool deadline = Fiber::current()->cancel_top()->state() == CancelState::kDeadlineExceeded;
  return end_with_error(promise,
                        deadline ? Error::deadline_exceeded("deadline exceeded") : Error::cancelled("cancelled"), true);
}

CancelGuard::CancelGuard(Link link, Deadline deadline)
    : fiber_(Fiber::current()),
      outer_(fiber_->cancel_top()),
      node_(link == Link::kInherit ? outer_ : nullptr, fiber_, deadline) {
  fiber_->push_cancel(&node_);
  // A later deadline than the surrounding one needs no timer: the surrounding one cancels this node too.
  const bool own = link == Link::kShield || deadline < outer_->deadline();
  if (!own || deadline == kNoDeadline) return;
  if (deadline <= std::chrono::steady_clock::now()) {
    node_.cancel(CancelState::kDeadlineExceeded);
    return;
  }
  timer_.node = &node_;
  timer_.expired = [](TimerNode* timer) { static_cast<Timer*>(timer)->node->cancel(CancelState::kDeadlineExceeded); };
  fiber_->home()->schedule(timer_, deadline);
}

CancelGuard::~CancelGuard() { leave(); }

void CancelGuard::leave() {
  if (std::exchange(left_, true)) return;
  fiber_->home()->cancel(timer_);
  fiber_->pop_cancel(outer_);
}

}  // namespace internal
}  // namespace skerry
