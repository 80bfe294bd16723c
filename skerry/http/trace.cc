// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/trace.h"

#include "skerry/telemetry/ambient.h"

namespace skerry::http {
namespace {

/// The lines of a field that may be divided into several, as one.
std::string joined(const Headers& headers, std::string_view name) {
  std::string all;
  for (const std::string_view line : headers.get_all(name)) {
    if (!all.empty()) all.push_back(',');
    all.append(line);
  }
  return all;
}

}  // namespace

std::string current_trace_id() {
  const telemetry::SpanContext& span = telemetry::current_span();
  return span.valid() ? span.trace_id.to_hex() : std::string();
}

namespace internal {

telemetry::SpanContext extract_span(const Headers& headers) {
  const std::optional<std::string_view> parent = headers.get("traceparent");
  if (!parent || headers.get_all("traceparent").size() > 1) return {};
  const std::string state = headers.contains("tracestate") ? joined(headers, "tracestate") : std::string();
  return telemetry::parse_trace_headers(*parent, state).value_or(telemetry::SpanContext());
}

std::optional<telemetry::Baggage> extract_baggage(const Headers& headers) {
  if (!headers.contains("baggage")) return std::nullopt;
  return telemetry::Baggage::parse(joined(headers, "baggage"));
}

void inject_trace(Headers& headers) {
  if (const telemetry::SpanContext& span = telemetry::current_span(); span.valid()) {
    char buffer[telemetry::kTraceparentBytes];
    // Neither text can be refused: both come from a strict parser or from ourselves.
    (void)headers.set("traceparent", telemetry::write_traceparent(span, buffer));
    headers.remove("tracestate");
    if (!span.state.empty()) (void)headers.set("tracestate", span.state.header());
  }
  const telemetry::Baggage& baggage = telemetry::current_baggage();
  if (!baggage.empty()) (void)headers.set("baggage", baggage.header());
}

void add_trace_id(Headers& headers) {
  const telemetry::SpanContext& span = telemetry::current_span();
  if (!span.valid() || headers.contains(kTraceIdField)) return;
  char digits[telemetry::TraceId::kHexDigits];
  span.trace_id.write_hex(digits);
  headers.add_validated(kTraceIdField, {digits, sizeof digits});
}

}  // namespace internal
}  // namespace skerry::http
