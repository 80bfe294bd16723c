// SPDX-License-Identifier: Apache-2.0
//
// CloudEvent: an immutable fact as it travels: an encoded protobuf message with the attributes of CloudEvents 1.0, the
// ids that say which event caused it, the version of the aggregate it tells of and the span that published it. In a
// Kafka record they are headers (the CloudEvents Kafka binding's binary mode), so any client can read and write them:
//
//   ce_specversion 1.0     ce_id, ce_source   together name the event: whoever handles events drops a second one
//   ce_type                the protobuf message's full name            content-type   application/protobuf
//   ce_time                RFC 3339, in UTC                            ce_subject     the aggregate's id
//   ce_sequence            the aggregate's version, from 1             traceparent, tracestate
//   ce_correlationid       of the whole flow                           ce_causationid id of the event that caused it
//
// The three extensions are read without the prefix as well. Pure: no I/O.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/kafka/record.h"
#include "skerry/telemetry/span_context.h"

namespace skerry::events {

/// A moment of the calendar, as CloudEvents' `time` and Kafka's timestamps have it.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Bytes of one attribute; a longer one is refused, when written as when read.
inline constexpr std::size_t kMaxAttributeBytes = 1024;

struct CloudEvent {
  std::string id;
  /// Who published it: the service's name. Unique together with the id.
  std::string source;
  /// The full name of the protobuf message in `data`.
  std::string type;
  std::optional<Time> time;
  /// What the event is about: the aggregate's id. May be empty.
  std::string subject;
  /// The version that the event made of its aggregate: 1 for the first event of a subject from a source, then one more
  /// each time.
  std::optional<std::int64_t> sequence;
  /// The id of the first event of the flow this one belongs to. May be empty.
  std::string correlation_id;
  /// The id of the event whose handling published this one. Empty for the first of a flow.
  std::string causation_id;
  /// The span that published it; invalid where there was none.
  telemetry::SpanContext trace;
  std::string data;

  friend bool operator==(const CloudEvent&, const CloudEvent&) = default;
};

/// The value of `content-type`.
inline constexpr std::string_view kProtobufContentType = "application/protobuf";

/// INVALID_ARGUMENT, naming the attribute, for an event that could not be read again: without id, source or type, with
/// an attribute that is too long or no UTF-8 text without control characters, or with a sequence below 1.
Result<> check(const CloudEvent& event);

/// The headers that carry the event's attributes. Precondition: check(event).
std::vector<kafka::Header> encode_headers(const CloudEvent& event);

/// Reads an event from a record's headers and value. Errors, all INVALID_ARGUMENT and naming the header: a missing or
/// repeated one, one that check() would refuse, another specversion than 1.0, a content type that is not protobuf, a
/// time that is no RFC 3339 timestamp, a sequence that is no positive number. Headers that are not known are left
/// alone, and a broken traceparent is no error, as W3C Trace Context has it.
Result<CloudEvent> decode_event(const std::vector<kafka::Header>& headers, std::string data);

/// "2026-01-02T03:04:05.678901234Z", with as many digits behind the point as are needed.
std::string format_time(Time time);
/// Reads RFC 3339 with any offset from UTC, between 1970 and 2262. nullopt where it breaks the grammar.
std::optional<Time> parse_time(std::string_view text);

}  // namespace skerry::events
