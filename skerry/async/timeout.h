// SPDX-License-Identifier: Apache-2.0
//
// Deadlines and cancellation around a call. Nobody passes a context along: deadline and cancellation belong to the
// running task and reach everything it awaits.
//
//   User user = co_await with_timeout(200ms, users.GetUser(request));
//
// None of these abandons the inner task: they cancel it and wait until it has ended.
#pragma once

#include <chrono>
#include <utility>

#include "skerry/async/context.h"
#include "skerry/async/task.h"
#include "skerry/async/worker.h"

namespace skerry {

namespace internal {

/// A cancel node on the running fiber with a timer for its deadline. Lives in the frame of with_timeout and its like.
class CancelGuard {
 public:
  enum class Link { kInherit, kShield };
  CancelGuard(Link link, Deadline deadline);
  ~CancelGuard();
  CancelGuard(const CancelGuard&) = delete;
  CancelGuard& operator=(const CancelGuard&) = delete;

  CancelNode& node() { return node_; }
  /// Ends the guard's effect: the outer context is the innermost again.
  void leave();

 private:
  struct Timer : TimerNode {
    CancelNode* node;
  };
  Fiber* fiber_;
  CancelNode* outer_;
  CancelNode node_;
  Timer timer_;
  bool left_ = false;
};

/// Ends the awaiting task with its own cancellation if it is cancelled; else nothing.
struct EndIfCancelled {
  bool await_ready() const noexcept { return !Fiber::current()->cancelled(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) const noexcept {
    return end_cancelled(&frame.promise());
  }
  void await_resume() const noexcept {}
};

template <class T>
Task<T> run_guarded(CancelGuard::Link link, Deadline deadline, Task<T> task) {
  CancelGuard guard(link, deadline);
  Outcome<T> outcome = co_await at_boundary(std::move(task));
  guard.leave();
  // The outer context's cancellation goes on through this frame; only the guard's own is an error for the caller.
  if (outcome.by_cancellation && link == CancelGuard::Link::kInherit) co_await EndIfCancelled();
  if constexpr (std::is_void_v<T>) {
    co_await std::move(outcome.result);
  } else {
    co_return co_await std::move(outcome.result);
  }
}

}  // namespace internal

/// Runs the task with a deadline `limit` from now (or the surrounding one, if that is earlier). When it passes, the
/// task is cancelled, waited for, and DEADLINE_EXCEEDED is the error here. With a limit of zero or less the task is
/// cancelled from the start and gets to its first wait.
template <class T>
Task<T> with_timeout(std::chrono::nanoseconds limit, Task<T> task) {
  return internal::run_guarded(internal::CancelGuard::Link::kInherit, internal::deadline_after(limit), std::move(task));
}

/// with_timeout with a point in time.
template <class T>
Task<T> with_deadline(std::chrono::steady_clock::time_point deadline, Task<T> task) {
  return internal::run_guarded(internal::CancelGuard::Link::kInherit, deadline, std::move(task));
}

/// Runs the task without the caller's cancellation and deadline, for at most `limit`: for clean-up and compensation,
/// which must run although, or because, the caller was cancelled.
template <class T>
Task<T> shielded(std::chrono::nanoseconds limit, Task<T> task) {
  return internal::run_guarded(internal::CancelGuard::Link::kShield, internal::deadline_after(limit), std::move(task));
}

/// Runs the task under a captured context: its trace, its baggage and its deadline (or the surrounding deadline, if
/// that is earlier). The caller's cancellation stays in force.
template <class T>
Task<T> with_context(Context context, Task<T> task) {
  internal::SlotsGuard slots(context.slots());
  auto guarded = internal::run_guarded(internal::CancelGuard::Link::kInherit, context.deadline(), std::move(task));
  if constexpr (std::is_void_v<T>) {
    co_await std::move(guarded);
  } else {
    co_return co_await std::move(guarded);
  }
}

}  // namespace skerry
