// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/ambient.h"

#include "skerry/telemetry/telemetry.h"

namespace skerry::internal {
struct Slots {
  std::shared_ptr<const void> trace;
  std::shared_ptr<const void> baggage;
  std::shared_ptr<const void> metadata;
};
}  // namespace skerry::internal

namespace skerry::telemetry {
namespace {

using skerry::internal::Slots;

std::shared_ptr<const Slots>& thread_slots() {
  thread_local std::shared_ptr<const Slots> slots;
  return slots;
}

}  // namespace

namespace internal {

const TraceSlot* current_trace_slot() {
  const Slots* slots = thread_slots().get();
  return slots == nullptr ? nullptr : static_cast<const TraceSlot*>(slots->trace.get());
}

void AmbientGuard::set_trace(TraceSlot slot) {
  const Slots* current = thread_slots().get();
  auto changed = current == nullptr ? std::make_shared<Slots>() : std::make_shared<Slots>(*current);
  changed->trace = std::make_shared<const TraceSlot>(std::move(slot));
  replace(std::move(changed));
}

void AmbientGuard::set_baggage(Baggage baggage) {
  const Slots* current = thread_slots().get();
  auto changed = current == nullptr ? std::make_shared<Slots>() : std::make_shared<Slots>(*current);
  changed->baggage = std::make_shared<const Baggage>(std::move(baggage));
  replace(std::move(changed));
}

void AmbientGuard::replace(std::shared_ptr<const Slots> slots) {
  restore();
  outer_ = std::exchange(thread_slots(), std::move(slots));
  set_ = true;
}

void AmbientGuard::restore() {
  if (!std::exchange(set_, false)) return;
  thread_slots() = std::move(outer_);
}

}  // namespace internal

Telemetry& current() {
  // Holds no state that anything could change: it is what "no telemetry" looks like. Never destroyed, because threads
  // may still log while the process ends.
  static Telemetry& disabled = *new Telemetry(Telemetry::Disabled());
  const internal::TraceSlot* slot = internal::current_trace_slot();
  return slot == nullptr ? disabled : *slot->telemetry;
}

const SpanContext& current_span() {
  static const SpanContext kNone;
  const internal::TraceSlot* slot = internal::current_trace_slot();
  return slot == nullptr ? kNone : slot->span;
}

const Baggage& current_baggage() {
  static const Baggage kNone;
  const Slots* slots = thread_slots().get();
  return slots == nullptr || slots->baggage == nullptr ? kNone : *static_cast<const Baggage*>(slots->baggage.get());
}

AttachTelemetry::AttachTelemetry(Telemetry& telemetry) { guard_.set_trace({&telemetry, {}}); }

BaggageGuard::BaggageGuard(Baggage baggage) { guard_.set_baggage(std::move(baggage)); }

}  // namespace skerry::telemetry
