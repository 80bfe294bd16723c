// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/trace_query.h"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "skerry/base/json.h"

namespace skerry::platform::collector {
namespace {

constexpr std::uint64_t kNanosPerMicro = 1000;
/// How far back a query looks that says nothing about time.
constexpr std::uint64_t kDefaultLookback = 2ULL * 24 * 3600 * 1'000'000'000;

struct Unit {
  std::string_view name;
  double nanoseconds;
};
// Longer names first, since "m" begins "ms".
constexpr std::array<Unit, 9> kUnits{{{"ns", 1},
                                      {"us", 1e3},
                                      {"\xC2\xB5s", 1e3},
                                      {"ms", 1e6},
                                      {"s", 1e9},
                                      {"m", 60e9},
                                      {"h", 3600e9},
                                      {"d", 24 * 3600e9},
                                      {"w", 7 * 24 * 3600e9}}};

Error bad_parameter(std::string_view name, std::string_view value, std::string_view expected) {
  return Error::invalid_argument("parameter '{}': expected {}, got '{}'", name, expected, value)
      .with_detail("field", std::string(name));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stopped != text.data() + text.size()) return std::nullopt;
  return number;
}

class RequestReader {
 public:
  RequestReader(const QueryParameters& parameters, std::uint64_t now) : parameters_(parameters), now_(now) {}

  Result<TraceRequest> read() {
    for (const auto& [name, value] : parameters_) {
      // The page sends empty fields along.
      if (value.empty()) continue;
      Result<> taken = take(name, value);
      if (!taken) return fail(std::move(taken));
    }
    if (!request_.ids.empty()) return std::move(request_);
    TraceQuery& query = request_.query;
    if (query.service.empty()) return fail(bad_parameter("service", "", "the name of a service"));
    if (!has_start_) {
      const std::uint64_t end = std::min(query.start_to, now_);
      query.start_from = end > lookback_ ? end - lookback_ : 0;
    }
    return std::move(request_);
  }

 private:
  Result<> take(const std::string& name, const std::string& value) {
    TraceQuery& query = request_.query;
    if (name == "service") {
      query.service = value;
    } else if (name == "operation") {
      // What the page sends for "any".
      if (value != "all") query.operation = value;
    } else if (name == "start") {
      has_start_ = true;
      return take_time(name, value, query.start_from);
    } else if (name == "end") {
      return take_time(name, value, query.start_to);
    } else if (name == "lookback") {
      // "custom" goes with a start and an end.
      if (value != "custom") return take_duration(name, value, lookback_);
    } else if (name == "minDuration") {
      return take_duration(name, value, query.min_duration);
    } else if (name == "maxDuration") {
      return take_duration(name, value, query.max_duration);
    } else if (name == "limit") {
      return take_limit(value);
    } else if (name == "tags") {
      return take_tags(value);
    } else if (name == "tag") {
      return take_tag(value);
    } else if (name == "traceID") {
      return take_id(value);
    }
    return {};
  }

  static Result<> take_time(const std::string& name, const std::string& value, std::uint64_t& place) {
    const std::optional<std::uint64_t> micros = parse_number(value);
    if (!micros || *micros > std::numeric_limits<std::uint64_t>::max() / kNanosPerMicro) {
      return fail(bad_parameter(name, value, "microseconds since 1970"));
    }
    // The last microsecond is meant as a whole.
    place = *micros * kNanosPerMicro;
    if (name == "end") place += std::min(kNanosPerMicro - 1, std::numeric_limits<std::uint64_t>::max() - place);
    return {};
  }

  static Result<> take_duration(const std::string& name, const std::string& value, std::uint64_t& place) {
    const std::optional<std::uint64_t> duration = parse_go_duration(value);
    if (!duration) return fail(bad_parameter(name, value, "a duration like 1.5s, 100ms or 2h"));
    place = *duration;
    return {};
  }

  Result<> take_limit(const std::string& value) {
    const std::optional<std::uint64_t> limit = parse_number(value);
    if (!limit || *limit == 0) return fail(bad_parameter("limit", value, "a number from 1"));
    request_.query.limit = std::min<std::uint64_t>(*limit, kMaxTracesPerQuery);
    return {};
  }

  Result<> take_tags(const std::string& value) {
    const auto document = parse_json_value(value);
    if (!document || !document->is_object()) return fail(bad_parameter("tags", value, "a JSON object"));
    for (const auto& [key, tag] : document->as_object()) {
      const std::string text = tag.is_string() ? std::string(tag.as_string()) : json_text(tag);
      request_.query.tags.emplace_back(key, text);
    }
    return {};
  }

  Result<> take_tag(const std::string& value) {
    const std::size_t colon = value.find(':');
    if (colon == std::string::npos) return fail(bad_parameter("tag", value, "key:value"));
    request_.query.tags.emplace_back(value.substr(0, colon), value.substr(colon + 1));
    return {};
  }

  Result<> take_id(const std::string& value) {
    const auto id = parse_trace_id(value);
    if (!id) return fail(bad_parameter("traceID", value, "at most 32 hexadecimal digits"));
    if (request_.ids.size() < kMaxTracesPerQuery) request_.ids.push_back(*id);
    return {};
  }

  const QueryParameters& parameters_;
  const std::uint64_t now_;
  TraceRequest request_;
  bool has_start_ = false;
  std::uint64_t lookback_ = kDefaultLookback;
};

}  // namespace

std::optional<telemetry::TraceId> parse_trace_id(std::string_view text) {
  if (text.empty() || text.size() > telemetry::TraceId::kHexDigits) return std::nullopt;
  std::string digits(telemetry::TraceId::kHexDigits - text.size(), '0');
  for (const char c : text) digits += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return telemetry::TraceId::from_hex(digits);
}

std::optional<std::uint64_t> parse_go_duration(std::string_view text) {
  if (text == "0") return 0;
  double total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double count = 0;
    const auto [stopped, error] =
        std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
    if (error != std::errc() || !(count >= 0)) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stopped - text.data()));
    const auto unit = std::ranges::find_if(kUnits, [&](const Unit& one) { return text.starts_with(one.name); });
    if (unit == kUnits.end()) return std::nullopt;
    text.remove_prefix(unit->name.size());
    total += count * unit->nanoseconds;
  }
  // Far more than any query needs, and well within the number's range.
  constexpr double kMaxNanoseconds = 9e18;
  if (!(total <= kMaxNanoseconds)) return std::nullopt;
  return static_cast<std::uint64_t>(std::llround(total));
}

Result<TraceRequest> parse_trace_request(const QueryParameters& parameters, std::uint64_t now) {
  return RequestReader(parameters, now).read();
}

std::string_view span_kind_name(int kind) {
  constexpr std::array<std::string_view, 6> kNames{"", "internal", "server", "client", "producer", "consumer"};
  return kind < 0 || static_cast<std::size_t>(kind) >= kNames.size() ? "" : kNames[static_cast<std::size_t>(kind)];
}

}  // namespace skerry::platform::collector
