// SPDX-License-Identifier: Apache-2.0
//
// What belongs to the running task: its Telemetry, its current span and its baggage. They live in the opaque slots of
// the task's context, so they pass to what the task awaits, spawns and starts with `go`; on a thread that runs no task
// they live in the thread. Services rarely need this header: Span sets the current span, Service attaches the
// Telemetry.
//
//   AttachTelemetry attached(telemetry);          // in main's task, or in a test
//   BaggageGuard tenant(current_baggage().with("tenant", "blue"));
#pragma once

#include <memory>

#include "skerry/telemetry/baggage.h"
#include "skerry/telemetry/span_context.h"

namespace skerry {
namespace internal {
struct Slots;
}
namespace telemetry {

class Telemetry;

/// The running task's Telemetry; where none was attached, one that does nothing. Valid as long as the attached one.
Telemetry& current();

/// The ids of the running task's current span; invalid outside of any span. Valid until the span ends.
const SpanContext& current_span();

/// The running task's baggage. Valid until it is replaced.
const Baggage& current_baggage();

namespace internal {

/// What the trace slot of a context holds.
struct TraceSlot {
  Telemetry* telemetry = nullptr;
  SpanContext span;
};

/// Replaces the running task's slots (or the thread's, outside of tasks) and puts the former ones back at the end.
/// Lives in the frame of a task or on a stack, and ends in the reverse order of other guards.
class AmbientGuard {
 public:
  AmbientGuard() = default;
  ~AmbientGuard() { restore(); }
  AmbientGuard(const AmbientGuard&) = delete;
  AmbientGuard& operator=(const AmbientGuard&) = delete;

  void set_trace(TraceSlot slot);
  void set_baggage(Baggage baggage);
  void restore();

 private:
  void replace(std::shared_ptr<const skerry::internal::Slots> slots);

  std::shared_ptr<const skerry::internal::Slots> outer_;
  bool set_ = false;
};

/// The trace slot of the running task, or null.
const TraceSlot* current_trace_slot();

}  // namespace internal

/// Makes `telemetry` the running task's for the life of the guard. The telemetry must outlive every task started
/// meanwhile.
class [[nodiscard]] AttachTelemetry {
 public:
  explicit AttachTelemetry(Telemetry& telemetry);

 private:
  internal::AmbientGuard guard_;
};

/// Makes `baggage` the running task's for the life of the guard.
class [[nodiscard]] BaggageGuard {
 public:
  explicit BaggageGuard(Baggage baggage);

 private:
  internal::AmbientGuard guard_;
};

}  // namespace telemetry
}  // namespace skerry
