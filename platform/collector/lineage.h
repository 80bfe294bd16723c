// SPDX-License-Identifier: Apache-2.0
//
// Lineage: which event caused which, drawn from the spans of a trace: what was published, who handled it, and what was
// published while it was handled. Pure.
//
//   const std::vector<StoredTrace> traces = traces_of_flow(store, id);       // flow_trace.h
//   const std::string json = lineage_json(lineage_of(traces));               // lineage_json.h
//
// An event was caused by the one that its spans name as its cause (event_span.h); where they name none, by the one
// whose handling is the nearest above the publishing span.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/collector/event_span.h"
#include "platform/collector/stored_span.h"

namespace skerry::platform::collector {

inline constexpr std::size_t kMaxLineageEvents = 2000;
/// The first ones are kept.
inline constexpr std::size_t kMaxHandlingsPerEvent = 100;
inline constexpr std::size_t kMaxHandlingErrorBytes = 1024;

enum class HandlingOutcome : std::uint8_t {
  kOk,
  kError,      ///< It failed, and no later attempt is known.
  kRetried,    ///< It failed, and the group has tried again.
  kDuplicate,  ///< It had been handled before.
  kStale,      ///< A later event of its aggregate had been handled before.
  kParked,     ///< It waits for an earlier event of its aggregate.
  kDead,       ///< It failed, and became a dead letter.
};
/// "ok", "error", "retried", "duplicate", "stale", "parked", "dead".
std::string_view handling_outcome_name(HandlingOutcome outcome);

/// One attempt of one group. Times are in nanoseconds since 1970, durations in nanoseconds; so below.
struct EventHandling {
  std::string service;
  std::string group;
  /// service.instance.id, or empty.
  std::string instance;
  telemetry::TraceId trace_id;
  telemetry::SpanId span_id;
  std::uint64_t started_at = 0;
  std::uint64_t duration = 0;
  HandlingOutcome outcome = HandlingOutcome::kOk;
  /// From 1: what the span says, else its number among the group's.
  std::uint32_t attempt = 0;
  /// Why it failed; cut to kMaxHandlingErrorBytes.
  std::string error;
};

/// The span in which an event was published.
struct EventPublication {
  std::string service;
  std::uint64_t at = 0;
  telemetry::TraceId trace_id;
  telemetry::SpanId span_id;
};

struct LineageEvent {
  EventKey key;
  std::string type;
  std::string topic;
  std::string record_key;
  std::string correlation_id;
  /// Empty where nothing is known to have caused it. The cause itself may be none of the events here.
  std::string causation_id;
  /// nullopt where only handlers were seen.
  std::optional<EventPublication> published;
  /// Publishing it failed, or was part of an attempt that failed, and nobody was seen to handle it: it was most likely
  /// rolled back.
  bool abandoned = false;
  /// In the order of their start.
  std::vector<EventHandling> handled;

  /// When it was published; where that was not seen, when it was first handled.
  std::uint64_t at() const { return published ? published->at : handled.front().started_at; }
};

/// Numbers of events.
struct LineageEdge {
  std::size_t from = 0;
  std::size_t to = 0;
  /// From LineageEvent::at() of the cause to that of the effect.
  std::uint64_t latency = 0;
};

struct Lineage {
  /// That was asked for.
  telemetry::TraceId trace_id;
  /// By at(), then key.
  std::vector<LineageEvent> events;
  /// By `to`; an event has at most one cause.
  std::vector<LineageEdge> edges;
  /// A limit cut something off.
  bool truncated = false;
};

/// Precondition: not empty; the first one is the one that was asked for.
Lineage lineage_of(const std::vector<StoredTrace>& traces);

}  // namespace skerry::platform::collector
