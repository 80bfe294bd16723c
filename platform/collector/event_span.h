// SPDX-License-Identifier: Apache-2.0
//
// EventSpan: what a span says about an event: that it was published, or that it was handled. Read from the attributes
// of OpenTelemetry's conventions for messaging (https://opentelemetry.io/docs/specs/semconv/messaging/) and for
// CloudEvents, and from those that the event SDK adds where the conventions have none:
//
//   event           cloudevents.event_id, else messaging.message.id; cloudevents.event_source, cloudevents.event_type
//   where           messaging.destination.name, messaging.kafka.message.key
//   flow            messaging.message.conversation_id
//   cause           skerry.event.causation_id, else cloudevents.event_causationid: the id of the event that caused it
//   handling        messaging.consumer.group.name, skerry.event.attempt, skerry.event.outcome
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "platform/collector/stored_span.h"

namespace skerry::platform::collector {

/// What CloudEvents tells events apart by.
struct EventKey {
  std::string source;
  std::string id;
  friend auto operator<=>(const EventKey&, const EventKey&) = default;
};

struct EventSpan {
  enum class Role : std::uint8_t { kPublished, kHandled };

  Role role = Role::kPublished;
  EventKey event;
  // Empty where the span does not say.
  std::string type;
  std::string topic;
  std::string key;
  std::string correlation_id;
  std::string causation_id;
  std::string group;
  std::string outcome;
  /// From 1; 0 where the span does not say.
  std::uint32_t attempt = 0;
};

/// nullopt for a span that is about something else, or does not say about which event it is. Publishing is a span of
/// kind PRODUCER; handling is one of kind CONSUMER whose messaging.operation.type is "process".
std::optional<EventSpan> event_span_of(const OtlpSpan& span);

}  // namespace skerry::platform::collector
