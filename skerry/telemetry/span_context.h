// SPDX-License-Identifier: Apache-2.0
//
// SpanContext: the part of a span that travels: the ids, whether the trace is sampled, and what other vendors wrote
// into `tracestate`. A value, read and written as the headers of W3C Trace Context
// (https://www.w3.org/TR/trace-context/ level 1, and https://www.w3.org/TR/trace-context-2/).
//
//   std::optional<SpanContext> parent = parse_trace_headers(traceparent, tracestate);
//   char buffer[kTraceparentBytes];
//   headers.set("traceparent", write_traceparent(context, buffer));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/telemetry/trace_id.h"

namespace skerry::telemetry {

/// The flags byte of `traceparent`.
struct TraceFlags {
  static constexpr std::uint8_t kSampled = 0x01;
  /// Level 2: the trace id is random. Carried on when it was received and never set here, because there are readers of
  /// level 1 in use that refuse any other bit.
  static constexpr std::uint8_t kRandom = 0x02;

  std::uint8_t bits = 0;

  bool sampled() const { return (bits & kSampled) != 0; }
  friend bool operator==(const TraceFlags&, const TraceFlags&) = default;
};

/// Limits of `tracestate`: the number of members is the specification's; a longer header is dropped as a whole.
inline constexpr std::size_t kMaxTraceStateMembers = 32;
inline constexpr std::size_t kMaxTraceStateBytes = 8192;

/// The members of `tracestate`: what the tracing systems that a request passed through want to find again. Carried on
/// unchanged. Empty costs nothing; copies share the text.
class TraceState {
 public:
  TraceState() = default;

  /// Parses the header (several header lines joined with commas). nullopt where it breaks the grammar, has a key twice
  /// or exceeds a limit; W3C Trace Context section 3.3.1 says that the whole of it is then discarded.
  static std::optional<TraceState> parse(std::string_view header);

  /// The header's text without blanks around members and without empty members. Valid as long as this value.
  std::string_view header() const { return text_ == nullptr ? std::string_view() : std::string_view(*text_); }
  bool empty() const { return text_ == nullptr; }
  /// The value of a key; nullopt where it is absent. Valid as long as this value.
  std::optional<std::string_view> find(std::string_view key) const;

  friend bool operator==(const TraceState& a, const TraceState& b) { return a.header() == b.header(); }

 private:
  std::shared_ptr<const std::string> text_;
};

struct SpanContext {
  TraceId trace_id;
  SpanId span_id;
  TraceFlags flags;
  /// It came in over the network.
  bool remote = false;
  TraceState state;

  /// Both ids are set.
  bool valid() const { return trace_id.valid() && span_id.valid(); }
  bool sampled() const { return flags.sampled(); }
  friend bool operator==(const SpanContext&, const SpanContext&) = default;
};

/// The length of a `traceparent` of version 00.
inline constexpr std::size_t kTraceparentBytes = 55;

/// Parses `traceparent` (W3C Trace Context section 3.2): version ff, upper-case digits, ids of zeros and, in version
/// 00, anything after the flags are refused with nullopt. Of a higher version the known fields are read, as the
/// specification asks. The result is marked remote.
std::optional<SpanContext> parse_traceparent(std::string_view header);

/// Both headers. A broken `tracestate` is dropped and does not affect the rest; without a valid `traceparent` there is
/// no context, whatever `tracestate` says.
std::optional<SpanContext> parse_trace_headers(std::string_view traceparent, std::string_view tracestate);

/// Writes `traceparent` in version 00 into `buffer` and answers it as a view of the buffer. Precondition: valid().
std::string_view write_traceparent(const SpanContext& context, char (&buffer)[kTraceparentBytes]);
/// The same as a string.
std::string format_traceparent(const SpanContext& context);

}  // namespace skerry::telemetry
