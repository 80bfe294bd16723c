// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/ambient.h"

#include "skerry/async/context.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::telemetry {
namespace {

using skerry::internal::Slots;

// Every span makes two small objects that live about as long as a frame, so they share the frames' recycler.
template <class T>
struct FrameAllocator {
  using value_type = T;
  FrameAllocator() = default;
  template <class U>
  FrameAllocator(const FrameAllocator<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(skerry::internal::allocate_frame(count * sizeof(T))); }
  void deallocate(T* place, std::size_t count) { skerry::internal::free_frame(place, count * sizeof(T)); }
  friend bool operator==(const FrameAllocator&, const FrameAllocator&) { return true; }
};

template <class T, class... Args>
std::shared_ptr<T> make_recycled(Args&&... args) {
  return std::allocate_shared<T>(FrameAllocator<T>(), std::forward<Args>(args)...);
}

// Slots are shared between tasks and never changed: a change is made to a copy.
std::shared_ptr<Slots> copy_current_slots() {
  const Slots* slots = skerry::internal::current_slots();
  return slots == nullptr ? make_recycled<Slots>() : make_recycled<Slots>(*slots);
}

}  // namespace

namespace internal {

const TraceSlot* current_trace_slot() {
  const Slots* slots = skerry::internal::current_slots();
  return slots == nullptr ? nullptr : static_cast<const TraceSlot*>(slots->trace.get());
}

void AmbientGuard::set_trace(TraceSlot slot) {
  restore();
  std::shared_ptr<Slots> slots = copy_current_slots();
  slots->trace = make_recycled<TraceSlot>(std::move(slot));
  replace(std::move(slots));
}

void AmbientGuard::set_baggage(Baggage baggage) {
  restore();
  std::shared_ptr<Slots> slots = copy_current_slots();
  slots->baggage = make_recycled<Baggage>(std::move(baggage));
  replace(std::move(slots));
}

void AmbientGuard::replace(std::shared_ptr<const Slots> slots) {
  outer_ = skerry::internal::exchange_current_slots(std::move(slots));
  set_ = true;
}

void AmbientGuard::restore() {
  if (std::exchange(set_, false)) skerry::internal::set_current_slots(std::move(outer_));
}

}  // namespace internal

Telemetry& current() {
  const internal::TraceSlot* slot = internal::current_trace_slot();
  return slot == nullptr ? Telemetry::none() : *slot->telemetry;
}

const SpanContext& current_span() {
  static const SpanContext kNone;
  const internal::TraceSlot* slot = internal::current_trace_slot();
  return slot == nullptr ? kNone : slot->span;
}

const Baggage& current_baggage() {
  static const Baggage kNone;
  const Slots* slots = skerry::internal::current_slots();
  return slots == nullptr || slots->baggage == nullptr ? kNone : *static_cast<const Baggage*>(slots->baggage.get());
}

AttachTelemetry::AttachTelemetry(Telemetry& telemetry) { guard_.set_trace({&telemetry, {}}); }

BaggageGuard::BaggageGuard(Baggage baggage) { guard_.set_baggage(std::move(baggage)); }

}  // namespace skerry::telemetry
