// SPDX-License-Identifier: Apache-2.0
//
// The spans of events, by OpenTelemetry's conventions for messaging and for CloudEvents
// (https://opentelemetry.io/docs/specs/semconv/messaging/kafka/). The handler's span is both the child of the
// publisher's and linked to it: so one trace shows the whole flow, and readers that go by links find it as well.
// Internal to events/.
#pragma once

#include <string>

#include "skerry/events/dead_letter.h"
#include "skerry/events/publish.h"
#include "skerry/telemetry/span.h"

namespace skerry::events::internal {

/// The id of the event that caused this one, on spans of publishing: what a graph of causes is drawn from. The event's
/// own id is messaging.message.id, its flow's messaging.message.conversation_id.
inline constexpr std::string_view kCausationAttribute = "skerry.event.causation_id";
inline constexpr std::string_view kSequenceAttribute = "skerry.event.sequence";
inline constexpr std::string_view kAttemptAttribute = "skerry.event.attempt";
/// What became of the event: "handled", "duplicate", "stale", "parked" or "dead" (fate_name). Absent on an attempt that
/// is followed by another.
inline constexpr std::string_view kOutcomeAttribute = "skerry.event.outcome";

telemetry::SpanName publish_span_name(const OutgoingEvent& outgoing);
telemetry::SpanOptions publish_span_options();
void describe_publish(telemetry::Span& span, const OutgoingEvent& outgoing);

telemetry::SpanName process_span_name(const RecordPosition& position);
telemetry::SpanOptions process_span_options(const CloudEvent& event);
void describe_process(telemetry::Span& span, const CloudEvent& event, const RecordPosition& position,
                      const std::string& key, const std::string& group, std::uint32_t attempt);

}  // namespace skerry::events::internal
