// SPDX-License-Identifier: Apache-2.0
//
// Context: what belongs to the running task and travels by itself to what it awaits, spawns in a scope and calls over
// the network: deadline, cancellation, trace, baggage. `go` keeps trace and baggage and drops the rest. A context does
// not travel through a channel; where that is meant, capture it, send it along and use with_context
// (skerry/async/timeout.h).
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "skerry/async/fiber.h"

namespace skerry {

/// A copy of the travelling values at one moment. Cheap to copy; may be used on any worker and after the task has
/// ended.
class Context {
 public:
  /// The running task's. Outside of tasks: empty, without a deadline.
  static Context capture();

  std::chrono::steady_clock::time_point deadline() const { return deadline_; }
  const std::shared_ptr<const internal::Slots>& slots() const { return slots_; }

 private:
  std::shared_ptr<const internal::Slots> slots_;
  std::chrono::steady_clock::time_point deadline_ = internal::kNoDeadline;
};

/// The time left until the running task's deadline (zero or less when it has passed); nullopt without one.
std::optional<std::chrono::nanoseconds> time_left();

/// True when the running task is cancelled: for long computations that want to stop early. Waiting operations end by
/// themselves.
bool is_cancelled();

namespace internal {

/// The slots of the running task; never null inside a task's body that has set them, may be null otherwise.
const Slots* current_slots();
/// Replaces the running task's slots; tasks started from now on inherit them.
void set_current_slots(std::shared_ptr<const Slots> slots);

/// Sets the running task's slots for the life of the guard. Lives in a task's frame.
class SlotsGuard {
 public:
  explicit SlotsGuard(std::shared_ptr<const Slots> slots);
  ~SlotsGuard();
  SlotsGuard(const SlotsGuard&) = delete;
  SlotsGuard& operator=(const SlotsGuard&) = delete;

 private:
  std::shared_ptr<const Slots> outer_;
};

/// Ends a frame with the cancellation of the running task.
std::coroutine_handle<> end_cancelled(PromiseBase* promise) noexcept;

}  // namespace internal

}  // namespace skerry
