// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/lineage.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "platform/collector/flow_trace.h"
#include "skerry/base/check.h"
#include "skerry/telemetry/attribute.h"

namespace skerry::platform::collector {
namespace {

bool has_failed(const OtlpSpan& span) {
  return span.status().code() == opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR;
}

std::string instance_of(const SpanOrigin& origin) {
  for (const OtlpAttribute& attribute : origin.resource.attributes()) {
    if (attribute.key() == "service.instance.id") return value_text(attribute.value());
  }
  return {};
}

/// An event while its spans are collected.
struct Draft {
  LineageEvent event;
  /// The event whose handling was above the publishing span; the id that the spans state goes before it.
  std::optional<EventKey> handled_above;
  /// Publishing, or the attempt that it was a part of.
  bool failed = false;
};

void fill(std::string& known, const std::string& text) {
  if (known.empty()) known = text;
}

void fill_event(LineageEvent& event, const EventSpan& span) {
  fill(event.type, span.type);
  fill(event.topic, span.topic);
  fill(event.record_key, span.key);
  fill(event.correlation_id, span.correlation_id);
  // Nothing is its own cause.
  if (span.causation_id != span.event.id) fill(event.causation_id, span.causation_id);
}

// Whether a failure was tried again is seen when all attempts are there.
HandlingOutcome outcome_of(const std::string& stated, bool failed) {
  for (const HandlingOutcome outcome :
       {HandlingOutcome::kDuplicate, HandlingOutcome::kStale, HandlingOutcome::kParked, HandlingOutcome::kDead}) {
    if (stated == handling_outcome_name(outcome)) return outcome;
  }
  return failed ? HandlingOutcome::kError : HandlingOutcome::kOk;
}

class LineageBuilder {
 public:
  void add(const StoredTrace& trace) {
    lineage_.truncated |= trace.truncated;
    FlowTrace flow(trace);
    for (std::size_t at = 0; at < flow.size(); ++at) {
      const std::optional<EventSpan>& span = flow.event(at);
      if (!span) continue;
      Draft* draft = draft_of(span->event);
      if (draft == nullptr) continue;
      fill_event(draft->event, *span);
      if (span->role == EventSpan::Role::kHandled) {
        add_handling(*draft, trace, flow.span(at), *span);
      } else {
        add_publication(*draft, trace, flow, at);
      }
    }
  }

  Lineage build(const telemetry::TraceId& asked) && {
    lineage_.trace_id = asked;
    std::vector<Draft> drafts;
    for (auto& [key, draft] : drafts_) drafts.push_back(std::move(draft));
    for (Draft& draft : drafts) finish(draft);
    std::ranges::sort(drafts, {}, [](const Draft& draft) {
      return std::tuple(draft.event.at(), std::string_view(draft.event.key.source),
                        std::string_view(draft.event.key.id));
    });
    draw_edges(drafts);
    for (Draft& draft : drafts) lineage_.events.push_back(std::move(draft.event));
    return std::move(lineage_);
  }

 private:
  // Null past the limit.
  Draft* draft_of(const EventKey& key) {
    const auto found = drafts_.find(key);
    if (found != drafts_.end()) return &found->second;
    if (drafts_.size() >= kMaxLineageEvents) {
      lineage_.truncated = true;
      return nullptr;
    }
    Draft& draft = drafts_[key];
    draft.event.key = key;
    return &draft;
  }

  // An event that was sent twice was published when that first succeeded.
  static void add_publication(Draft& draft, const StoredTrace& trace, FlowTrace& flow, std::size_t at) {
    const StoredSpan& stored = flow.span(at);
    const std::uint64_t started_at = stored.span.start_time_unix_nano();
    const std::size_t above = flow.handling_above(at);
    const bool failed = has_failed(stored.span) || (above != FlowTrace::kNone && has_failed(flow.span(above).span));
    std::optional<EventPublication>& published = draft.event.published;
    if (published && std::pair(draft.failed, published->at) <= std::pair(failed, started_at)) return;
    published = EventPublication{.service = stored.origin->service,
                                 .at = started_at,
                                 .trace_id = trace.id,
                                 .span_id = *telemetry::SpanId::from_bytes(stored.span.span_id())};
    draft.failed = failed;
    draft.handled_above.reset();
    if (above == FlowTrace::kNone || flow.event(above)->event == draft.event.key) return;
    draft.handled_above = flow.event(above)->event;
  }

  static void add_handling(Draft& draft, const StoredTrace& trace, const StoredSpan& stored, const EventSpan& span) {
    const OtlpSpan& otlp = stored.span;
    draft.event.handled.push_back(
        {.service = stored.origin->service,
         .group = span.group,
         .instance = instance_of(*stored.origin),
         .trace_id = trace.id,
         .span_id = *telemetry::SpanId::from_bytes(otlp.span_id()),
         .started_at = otlp.start_time_unix_nano(),
         .duration = otlp.end_time_unix_nano() - std::min(otlp.start_time_unix_nano(), otlp.end_time_unix_nano()),
         .outcome = outcome_of(span.outcome, has_failed(otlp)),
         .attempt = span.attempt,
         .error = has_failed(otlp) ? telemetry::bounded_text(otlp.status().message(), kMaxHandlingErrorBytes)
                                   : std::string()});
  }

  void finish(Draft& draft) {
    LineageEvent& event = draft.event;
    std::ranges::sort(event.handled, {}, [](const EventHandling& handling) {
      return std::tuple(handling.started_at, std::string_view(handling.group), handling.trace_id, handling.span_id);
    });
    if (event.handled.size() > kMaxHandlingsPerEvent) {
      event.handled.resize(kMaxHandlingsPerEvent);
      lineage_.truncated = true;
    }
    std::map<std::string_view, EventHandling*> last_of_group;
    for (EventHandling& handling : event.handled) {
      EventHandling*& last = last_of_group[handling.group];
      if (last != nullptr && last->outcome == HandlingOutcome::kError) last->outcome = HandlingOutcome::kRetried;
      if (handling.attempt == 0) handling.attempt = last == nullptr ? 1 : last->attempt + 1;
      last = &handling;
    }
    if (event.causation_id.empty() && draft.handled_above) event.causation_id = draft.handled_above->id;
    event.abandoned = draft.failed && event.handled.empty();
  }

  // A stated cause is an id alone: of events that share it, the one is meant whose handling is above, else the first.
  void draw_edges(const std::vector<Draft>& drafts) {
    std::map<EventKey, std::size_t> by_key;
    std::map<std::string_view, std::size_t> by_id;
    for (std::size_t at = 0; at < drafts.size(); ++at) {
      by_key.emplace(drafts[at].event.key, at);
      by_id.try_emplace(drafts[at].event.key.id, at);
    }
    for (std::size_t to = 0; to < drafts.size(); ++to) {
      const LineageEvent& effect = drafts[to].event;
      if (effect.causation_id.empty()) continue;
      const auto& above = drafts[to].handled_above;
      const auto by_way = above && above->id == effect.causation_id ? by_key.find(*above) : by_key.end();
      const auto named = by_id.find(effect.causation_id);
      if (by_way == by_key.end() && named == by_id.end()) continue;
      const std::size_t from = by_way != by_key.end() ? by_way->second : named->second;
      const std::uint64_t caused_at = drafts[from].event.at();
      // Clocks differ: an effect before its cause took no time that could be told.
      lineage_.edges.push_back({.from = from, .to = to, .latency = std::max(effect.at(), caused_at) - caused_at});
    }
  }

  std::map<EventKey, Draft> drafts_;
  Lineage lineage_;
};

}  // namespace

std::string_view handling_outcome_name(HandlingOutcome outcome) {
  constexpr std::string_view kNames[] = {"ok", "error", "retried", "duplicate", "stale", "parked", "dead"};
  return kNames[static_cast<std::size_t>(outcome)];
}

Lineage lineage_of(const std::vector<StoredTrace>& traces) {
  SKERRY_CHECK(!traces.empty(), "a lineage is of a trace");
  LineageBuilder builder;
  for (const StoredTrace& trace : traces) builder.add(trace);
  return std::move(builder).build(traces.front().id);
}

}  // namespace skerry::platform::collector
