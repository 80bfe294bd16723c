// SPDX-License-Identifier: Apache-2.0
//
// The traces that a flow of events went through, and FlowTrace: one of them as its lineage reads it.
//
//   const std::vector<StoredTrace> traces = traces_of_flow(store, id);    // blocking; empty: there is no such trace
//   FlowTrace flow(traces.front());
//   if (flow.event(at)) cause = flow.handling_above(at);
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/collector/event_span.h"
#include "platform/collector/stored_span.h"
#include "platform/collector/trace_store.h"

namespace skerry::platform::collector {

/// Traces that are looked for beside the one that was asked for, because handlers' spans link to them. None is read any
/// more when all together have kMaxSpansPerTrace spans.
inline constexpr std::size_t kMaxLinkedTraces = 16;

/// The trace, and those that handlers' spans in it, or in these, link to; empty where there is no such trace. A linked
/// trace that is not stored is left out. Where there are too many, one of them is marked as truncated.
std::vector<StoredTrace> traces_of_flow(const TraceStore& store, const telemetry::TraceId& id);

/// Spans are named by their place in the trace.
class FlowTrace {
 public:
  static constexpr std::size_t kNone = ~std::size_t{0};

  /// `trace` must outlive it.
  explicit FlowTrace(const StoredTrace& trace);

  std::size_t size() const { return events_.size(); }
  const StoredSpan& span(std::size_t at) const { return trace_.spans[at]; }
  /// nullopt where the span is about something else.
  const std::optional<EventSpan>& event(std::size_t at) const { return events_[at]; }

  /// The nearest span above in which an event was handled; kNone where there is none. All spans together take time in
  /// proportion to their number.
  std::size_t handling_above(std::size_t at);

 private:
  static constexpr std::size_t kUnknown = kNone - 1;

  std::size_t parent(std::size_t at) const;

  const StoredTrace& trace_;
  std::unordered_map<std::string_view, std::size_t> by_id_;
  std::vector<std::optional<EventSpan>> events_;
  /// What handling_above() found for the spans on its ways.
  std::vector<std::size_t> above_;
};

}  // namespace skerry::platform::collector
