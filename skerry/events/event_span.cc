// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/event_span.h"

namespace skerry::events::internal {
namespace {

void describe_event(telemetry::Span& span, const CloudEvent& event) {
  span.set("messaging.system", "kafka");
  span.set("messaging.message.id", event.id);
  if (!event.correlation_id.empty()) span.set("messaging.message.conversation_id", event.correlation_id);
  span.set("cloudevents.event_id", event.id);
  span.set("cloudevents.event_source", event.source);
  span.set("cloudevents.event_type", event.type);
  if (!event.subject.empty()) span.set("cloudevents.event_subject", event.subject);
  if (!event.causation_id.empty()) span.set(kCausationAttribute, event.causation_id);
  if (event.sequence) span.set(kSequenceAttribute, *event.sequence);
}

}  // namespace

telemetry::SpanName publish_span_name(const OutgoingEvent& outgoing) { return "publish " + outgoing.topic; }

telemetry::SpanOptions publish_span_options() { return {.kind = telemetry::SpanKind::kProducer}; }

void describe_publish(telemetry::Span& span, const OutgoingEvent& outgoing) {
  describe_event(span, outgoing.event);
  span.set("messaging.operation.name", "publish");
  span.set("messaging.operation.type", "send");
  span.set("messaging.destination.name", outgoing.topic);
  if (!outgoing.key.empty()) span.set("messaging.kafka.message.key", outgoing.key);
}

telemetry::SpanName process_span_name(const RecordPosition& position) { return "process " + position.topic; }

telemetry::SpanOptions process_span_options(const CloudEvent& event) {
  telemetry::SpanOptions options{.kind = telemetry::SpanKind::kConsumer};
  if (event.trace.valid()) {
    options.parent = event.trace;
    options.links.push_back(event.trace);
  } else {
    options.new_trace = true;
  }
  return options;
}

void describe_process(telemetry::Span& span, const CloudEvent& event, const RecordPosition& position,
                      const std::string& key, const std::string& group, std::uint32_t attempt) {
  describe_event(span, event);
  span.set("messaging.operation.name", "process");
  span.set("messaging.operation.type", "process");
  span.set("messaging.destination.name", position.topic);
  span.set("messaging.destination.partition.id", std::to_string(position.partition));
  span.set("messaging.kafka.offset", position.offset);
  if (!key.empty()) span.set("messaging.kafka.message.key", key);
  span.set("messaging.consumer.group.name", group);
  span.set(kAttemptAttribute, attempt);
}

}  // namespace skerry::events::internal
