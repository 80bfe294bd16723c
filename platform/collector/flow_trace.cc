// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/flow_trace.h"

#include <deque>
#include <set>
#include <utility>

namespace skerry::platform::collector {
namespace {

// The traces that handlers' spans link to.
std::vector<telemetry::TraceId> linked_traces(const StoredTrace& trace) {
  std::vector<telemetry::TraceId> linked;
  for (const StoredSpan& stored : trace.spans) {
    if (stored.span.kind() != OtlpSpan::SPAN_KIND_CONSUMER) continue;
    for (const OtlpSpan::Link& link : stored.span.links()) {
      if (const auto id = telemetry::TraceId::from_bytes(link.trace_id())) linked.push_back(*id);
    }
  }
  return linked;
}

}  // namespace

std::vector<StoredTrace> traces_of_flow(const TraceStore& store, const telemetry::TraceId& id) {
  std::vector<StoredTrace> traces;
  std::set<telemetry::TraceId> seen{id};
  std::deque<telemetry::TraceId> wanted{id};
  std::size_t spans = 0;
  while (!wanted.empty()) {
    if (spans >= kMaxSpansPerTrace) {
      traces.back().truncated = true;
      break;
    }
    std::optional<StoredTrace> trace = store.find(wanted.front());
    wanted.pop_front();
    if (!trace) continue;
    spans += trace->spans.size();
    for (const telemetry::TraceId& linked : linked_traces(*trace)) {
      if (seen.contains(linked)) continue;
      if (seen.size() > kMaxLinkedTraces) {
        trace->truncated = true;
        break;
      }
      seen.insert(linked);
      wanted.push_back(linked);
    }
    traces.push_back(*std::move(trace));
  }
  return traces;
}

FlowTrace::FlowTrace(const StoredTrace& trace) : trace_(trace), above_(trace.spans.size(), kUnknown) {
  for (std::size_t at = 0; at < trace.spans.size(); ++at) {
    by_id_.try_emplace(trace.spans[at].span.span_id(), at);
    events_.push_back(event_span_of(trace.spans[at].span));
  }
}

std::size_t FlowTrace::handling_above(std::size_t at) {
  std::vector<std::size_t> way;
  std::size_t found = kNone;
  for (std::size_t up = parent(at); up != kNone; up = parent(up)) {
    if (events_[up] && events_[up]->role == EventSpan::Role::kHandled) {
      found = up;
      break;
    }
    if (above_[up] != kUnknown) {
      found = above_[up];
      break;
    }
    above_[up] = kNone;  // where parents go in a circle, this ends it
    way.push_back(up);
  }
  for (const std::size_t passed : way) above_[passed] = found;
  return found;
}

std::size_t FlowTrace::parent(std::size_t at) const {
  const auto found = by_id_.find(trace_.spans[at].span.parent_span_id());
  return found == by_id_.end() ? kNone : found->second;
}

}  // namespace skerry::platform::collector
