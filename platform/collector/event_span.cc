// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/event_span.h"

#include <limits>
#include <string_view>

namespace skerry::platform::collector {
namespace {

const OtlpValue* find_attribute(const OtlpSpan& span, std::string_view key) {
  for (const OtlpAttribute& attribute : span.attributes()) {
    if (attribute.key() == key) return &attribute.value();
  }
  return nullptr;
}

std::string attribute_text(const OtlpSpan& span, std::string_view key) {
  const OtlpValue* value = find_attribute(span, key);
  return value == nullptr ? std::string() : value_text(*value);
}

// The first of two names that has a text.
std::string attribute_text(const OtlpSpan& span, std::string_view key, std::string_view otherwise) {
  std::string text = attribute_text(span, key);
  return text.empty() ? attribute_text(span, otherwise) : text;
}

std::uint32_t attempt_of(const OtlpSpan& span) {
  const OtlpValue* value = find_attribute(span, "skerry.event.attempt");
  if (value == nullptr || value->int_value() < 0) return 0;
  return value->int_value() > std::numeric_limits<std::uint32_t>::max()
             ? 0
             : static_cast<std::uint32_t>(value->int_value());
}

std::optional<EventSpan::Role> role_of(const OtlpSpan& span) {
  if (span.kind() == OtlpSpan::SPAN_KIND_PRODUCER) return EventSpan::Role::kPublished;
  if (span.kind() == OtlpSpan::SPAN_KIND_CONSUMER && attribute_text(span, "messaging.operation.type") == "process") {
    return EventSpan::Role::kHandled;
  }
  return std::nullopt;
}

}  // namespace

std::optional<EventSpan> event_span_of(const OtlpSpan& span) {
  const std::optional<EventSpan::Role> role = role_of(span);
  if (!role) return std::nullopt;
  EventSpan result{.role = *role};
  result.event.id = attribute_text(span, "cloudevents.event_id", "messaging.message.id");
  if (result.event.id.empty()) return std::nullopt;
  result.event.source = attribute_text(span, "cloudevents.event_source");
  result.type = attribute_text(span, "cloudevents.event_type");
  result.topic = attribute_text(span, "messaging.destination.name");
  result.key = attribute_text(span, "messaging.kafka.message.key");
  result.correlation_id = attribute_text(span, "messaging.message.conversation_id");
  result.causation_id = attribute_text(span, "skerry.event.causation_id", "cloudevents.event_causationid");
  if (*role == EventSpan::Role::kHandled) {
    result.group = attribute_text(span, "messaging.consumer.group.name");
    result.outcome = attribute_text(span, "skerry.event.outcome");
    result.attempt = attempt_of(span);
  }
  return result;
}

}  // namespace skerry::platform::collector
