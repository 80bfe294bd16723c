// SPDX-License-Identifier: Apache-2.0
//
// Whatever the headers: what is accepted is written in a form that is read again as the same, within the limits. The
// input is three lines: traceparent, tracestate, baggage.
#include <cstdint>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/telemetry/baggage.h"
#include "skerry/telemetry/span_context.h"
#include "skerry/telemetry/utf8.h"

namespace skerry::telemetry::propagation_fuzzer {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return line;
}

void check_trace_headers(std::string_view traceparent, std::string_view tracestate) {
  const auto context = parse_trace_headers(traceparent, tracestate);
  if (!context) return;
  SKERRY_CHECK(context->valid() && context->remote, "what is accepted has both ids");
  SKERRY_CHECK(context->state.header().size() <= kMaxTraceStateBytes, "the tracestate is bounded");
  const auto again = parse_trace_headers(format_traceparent(*context), context->state.header());
  SKERRY_CHECK(again == context, "what is written is read again");
}

void check_baggage(std::string_view header) {
  const auto baggage = Baggage::parse(header);
  if (!baggage) return;
  SKERRY_CHECK(baggage->entries().size() <= kMaxBaggageMembers, "the members are bounded");
  const std::string written = baggage->header();
  SKERRY_CHECK(written.size() <= kMaxBaggageBytes, "the header is bounded");
  SKERRY_CHECK(Baggage::parse(written) == baggage, "what is written is read again");
  std::string json;
  for (const Baggage::Entry& entry : baggage->entries()) append_json_string(json, entry.value);
}

}  // namespace skerry::telemetry::propagation_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::telemetry::propagation_fuzzer;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view traceparent = take_line(text);
  const std::string_view tracestate = take_line(text);
  check_trace_headers(traceparent, tracestate);
  check_baggage(text);
  return 0;
}
