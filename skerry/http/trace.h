// SPDX-License-Identifier: Apache-2.0
//
// How a trace and its baggage travel in the fields of a message: W3C Trace Context and W3C Baggage. Internal to http/.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "skerry/http/headers.h"
#include "skerry/telemetry/baggage.h"
#include "skerry/telemetry/span_context.h"

namespace skerry::http {

/// The field of a response that says which trace its request belongs to, for people who look for it.
inline constexpr std::string_view kTraceIdField = "x-trace-id";

/// The trace id of the running task's current span, in hexadecimal; empty outside of any.
std::string current_trace_id();

namespace internal {

/// The caller's span; invalid where the fields name none, or more than one.
telemetry::SpanContext extract_span(const Headers& headers);
/// Nullopt where there is none, or a malformed one.
std::optional<telemetry::Baggage> extract_baggage(const Headers& headers);

/// Writes the running task's span and baggage, in place of what is there. Without a span the fields stay as they are.
void inject_trace(Headers& headers);
/// Writes the current trace id into kTraceIdField of a response that does not say it by itself.
void add_trace_id(Headers& headers);

}  // namespace internal
}  // namespace skerry::http
