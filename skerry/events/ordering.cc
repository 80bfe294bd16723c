// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/ordering.h"

namespace skerry::events::internal {

bool is_ordered(Ordering ordering, const CloudEvent& event) {
  switch (ordering) {
    case Ordering::kAsReceived:
      return false;
    case Ordering::kBySequence:
      return event.sequence.has_value();
    case Ordering::kByTime:
      return event.time.has_value();
  }
  return false;
}

Verdict judge(Ordering ordering, const AggregatePosition& position, const CloudEvent& event) {
  if (!is_ordered(ordering, event)) return Verdict::kDue;
  if (ordering == Ordering::kByTime) {
    return position.time && *event.time < *position.time ? Verdict::kStale : Verdict::kDue;
  }
  if (*event.sequence <= position.sequence) return Verdict::kStale;
  return *event.sequence == position.sequence + 1 ? Verdict::kDue : Verdict::kEarly;
}

AggregatePosition advanced(Ordering ordering, AggregatePosition position, const CloudEvent& event) {
  if (ordering == Ordering::kBySequence && event.sequence) position.sequence = *event.sequence;
  if (event.time && (!position.time || *position.time < *event.time)) position.time = event.time;
  return position;
}

}  // namespace skerry::events::internal
