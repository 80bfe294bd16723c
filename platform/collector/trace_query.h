// SPDX-License-Identifier: Apache-2.0
//
// What can be asked of the trace store, and its reading from the query string of Jaeger's HTTP API.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/telemetry/trace_id.h"

namespace skerry::platform::collector {

inline constexpr std::size_t kDefaultTracesPerQuery = 20;
inline constexpr std::size_t kMaxTracesPerQuery = 1500;

/// All conditions hold for one and the same span.
struct TraceQuery {
  std::string service;
  /// Empty: any.
  std::string operation;
  /// Start of the span, in nanoseconds since 1970, both ends included.
  std::uint64_t start_from = 0;
  std::uint64_t start_to = std::numeric_limits<std::uint64_t>::max();
  /// Duration in nanoseconds, both ends included.
  std::uint64_t min_duration = 0;
  std::uint64_t max_duration = std::numeric_limits<std::uint64_t>::max();
  /// Attributes of the span or its resource, by their text; "error", "span.kind" and "otel.status_code" as Jaeger shows
  /// them.
  std::vector<std::pair<std::string, std::string>> tags;
  std::size_t limit = kDefaultTracesPerQuery;
};

struct Operation {
  std::string name;
  /// "server", "client" ...; empty where the span says nothing.
  std::string kind;
  friend auto operator<=>(const Operation&, const Operation&) = default;
};

struct ServiceCall {
  std::string parent;
  std::string child;
  std::uint64_t count = 0;
  friend bool operator==(const ServiceCall&, const ServiceCall&) = default;
};

/// A query string's parameters, decoded, in their order.
using QueryParameters = std::vector<std::pair<std::string, std::string>>;

/// What `GET /api/traces` asks for.
struct TraceRequest {
  /// Where traceID was given: these, and the query means nothing.
  std::vector<telemetry::TraceId> ids;
  TraceQuery query;
};

/// Reads the parameters of `GET /api/traces`: service, operation, start and end (microseconds since 1970), lookback
/// (like "2h", where there is no start), minDuration and maxDuration (like "1.5ms"), tags (a JSON object), tag
/// (key:value, may be repeated), limit, traceID (may be repeated). Others are ignored. `now` is in nanoseconds since
/// 1970. Fails with INVALID_ARGUMENT, which names the parameter.
Result<TraceRequest> parse_trace_request(const QueryParameters& parameters, std::uint64_t now);

/// A trace id as people type it: up to 32 hexadecimal digits of either case; fewer are filled up with zeros on the
/// left.
std::optional<telemetry::TraceId> parse_trace_id(std::string_view text);

/// A duration as Go writes it: "1.5s", "100ms", "2h45m", "300us"; in nanoseconds. "d" and "w" for days and
/// weeks are understood too, since Jaeger's page offers them.
std::optional<std::uint64_t> parse_go_duration(std::string_view text);

/// The span kind's word in tags and operations; empty for none.
std::string_view span_kind_name(int kind);

}  // namespace skerry::platform::collector
