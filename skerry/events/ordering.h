// SPDX-License-Identifier: Apache-2.0
//
// The rule by which an event of an aggregate is due, early or stale. Pure; OrderingGuard
// (skerry/events/ordering_guard.h) keeps the state in the database. Internal to events/.
#pragma once

#include <cstdint>
#include <optional>

#include "skerry/events/subscribe.h"

namespace skerry::events::internal {

/// How far a group is with one aggregate.
struct AggregatePosition {
  /// The sequence of the last event that was handled or given up; 0 before the first.
  std::int64_t sequence = 0;
  /// The latest time of an event that was handled.
  std::optional<Time> time = {};

  friend bool operator==(const AggregatePosition&, const AggregatePosition&) = default;
};

enum class Verdict : std::uint8_t {
  kDue,
  kEarly,  ///< Events before it are missing.
  kStale,  ///< A later one was handled, or this one.
};

/// Whether the ordering looks at this event at all: it has what the ordering goes by.
bool is_ordered(Ordering ordering, const CloudEvent& event);
/// kDue for an event that is_ordered() denies. Two events of one time are both due.
Verdict judge(Ordering ordering, const AggregatePosition& position, const CloudEvent& event);
/// The position after the event. Precondition: it is not stale.
AggregatePosition advanced(Ordering ordering, AggregatePosition position, const CloudEvent& event);

}  // namespace skerry::events::internal
