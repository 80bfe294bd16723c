// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/lineage_json.h"

#include "platform/collector/jaeger_json.h"
#include "platform/collector/json_writer.h"

namespace skerry::platform::collector {
namespace {

constexpr std::uint64_t kNanosecondsPerMicrosecond = 1000;

void write_known(JsonWriter& json, std::string_view name, std::string_view text) {
  json.key(name);
  if (text.empty()) {
    json.null();
  } else {
    json.value(text);
  }
}

void write_handling(JsonWriter& json, const EventHandling& handling) {
  json.begin_object().key("service").value(handling.service);
  write_known(json, "group", handling.group);
  write_known(json, "instance", handling.instance);
  json.key("trace_id").value(handling.trace_id.to_hex());
  json.key("span_id").value(handling.span_id.to_hex());
  json.key("started_at").value(handling.started_at / kNanosecondsPerMicrosecond);
  json.key("duration_us").value(handling.duration / kNanosecondsPerMicrosecond);
  json.key("outcome").value(handling_outcome_name(handling.outcome));
  json.key("attempt").value(handling.attempt);
  write_known(json, "error", handling.error);
  json.end_object();
}

void write_publication(JsonWriter& json, const std::optional<EventPublication>& published) {
  if (!published) {
    for (const char* name : {"published_by", "published_at", "trace_id", "span_id"}) json.key(name).null();
    return;
  }
  json.key("published_by").value(published->service);
  json.key("published_at").value(published->at / kNanosecondsPerMicrosecond);
  json.key("trace_id").value(published->trace_id.to_hex());
  json.key("span_id").value(published->span_id.to_hex());
}

void write_event(JsonWriter& json, const LineageEvent& event) {
  json.begin_object().key("id").value(event.key.id);
  write_known(json, "source", event.key.source);
  write_known(json, "type", event.type);
  write_known(json, "topic", event.topic);
  write_known(json, "key", event.record_key);
  write_known(json, "correlation_id", event.correlation_id);
  write_known(json, "causation_id", event.causation_id);
  write_publication(json, event.published);
  json.key("abandoned").value(event.abandoned);
  json.key("handled").begin_array();
  for (const EventHandling& handling : event.handled) write_handling(json, handling);
  json.end_array().end_object();
}

void write_edge(JsonWriter& json, const Lineage& lineage, const LineageEdge& edge) {
  const LineageEvent& from = lineage.events[edge.from];
  const LineageEvent& to = lineage.events[edge.to];
  json.begin_object().key("from").value(from.key.id);
  write_known(json, "from_source", from.key.source);
  json.key("to").value(to.key.id);
  write_known(json, "to_source", to.key.source);
  write_known(json, "service", to.published ? std::string_view(to.published->service) : std::string_view());
  json.key("latency_us").value(edge.latency / kNanosecondsPerMicrosecond);
  json.end_object();
}

}  // namespace

std::string lineage_json(const Lineage& lineage) {
  JsonWriter json;
  json.begin_object().key("data").begin_object();
  json.key("trace_id").value(lineage.trace_id.to_hex());
  json.key("truncated").value(lineage.truncated);
  json.key("events").begin_array();
  for (const LineageEvent& event : lineage.events) write_event(json, event);
  json.end_array();
  json.key("edges").begin_array();
  for (const LineageEdge& edge : lineage.edges) write_edge(json, lineage, edge);
  json.end_array().end_object();
  end_jaeger_envelope(json, lineage.events.size(), 0);
  return std::move(json).text();
}

}  // namespace skerry::platform::collector
