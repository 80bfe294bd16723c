// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/log.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <iterator>

#include "skerry/telemetry/telemetry.h"
#include "skerry/telemetry/utf8.h"

namespace skerry::telemetry {
namespace {

constexpr std::array<std::string_view, 6> kLevelNames{"trace", "debug", "info", "warning", "error", "off"};

// RFC 3339 in UTC with microseconds.
void append_time(std::string& out, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds).count();
  const std::time_t calendar = seconds.time_since_epoch().count();
  std::tm fields{};
  ::gmtime_r(&calendar, &fields);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", fields.tm_year + 1900,
                 fields.tm_mon + 1, fields.tm_mday, fields.tm_hour, fields.tm_min, fields.tm_sec, micros);
}

void append_value(std::string& out, const FieldValue& value) {
  if (const auto* flag = std::get_if<bool>(&value.variant())) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole = std::get_if<std::int64_t>(&value.variant())) {
    fmt::format_to(std::back_inserter(out), "{}", *whole);
  } else if (const auto* number = std::get_if<double>(&value.variant())) {
    // JSON has no infinity and no not-a-number.
    const char* quote = std::isfinite(*number) ? "" : "\"";
    fmt::format_to(std::back_inserter(out), "{}{}{}", quote, *number, quote);
  } else {
    append_json_string(out, bounded_text(std::get<std::string_view>(value.variant()), kMaxAttributeBytes));
  }
}

void append_fields(std::string& out, std::initializer_list<Field> fields) {
  if (fields.size() == 0) return;
  out += ",\"fields\":{";
  std::size_t count = 0;
  for (const Field& field : fields) {
    if (count == kMaxLogFields) break;
    if (count++ > 0) out += ',';
    append_json_string(out, field.key);
    out += ':';
    append_value(out, field.value);
  }
  out += '}';
}

void append_ids(std::string& out, const SpanContext& span) {
  if (!span.valid()) return;
  char trace_id[TraceId::kHexDigits];
  char span_id[SpanId::kHexDigits];
  span.trace_id.write_hex(trace_id);
  span.span_id.write_hex(span_id);
  out += ",\"trace_id\":\"";
  out.append(trace_id, sizeof trace_id);
  out += "\",\"span_id\":\"";
  out.append(span_id, sizeof span_id);
  out += '"';
}

std::unique_ptr<LogRecord> make_record(WallTime time, LogLevel level, std::string_view message, const SpanContext& span,
                                       std::initializer_list<Field> fields) {
  auto record = std::make_unique<LogRecord>();
  record->time = time;
  record->level = level;
  record->message = bounded_text(message, kMaxLogMessageBytes);
  for (const Field& field : fields) {
    if (record->attributes.size() == kMaxLogFields) break;
    record->attributes.push_back(to_attribute(field));
  }
  record->trace_id = span.trace_id;
  record->span_id = span.span_id;
  record->flags = span.flags;
  return record;
}

}  // namespace

std::string_view log_level_name(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> parse_log_level(std::string_view name) {
  if (name == "warn") return LogLevel::kWarning;
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

Logger::Logger(LogOptions options, std::string service, ExportQueue<LogRecord>& records)
    : level_(options.level),
      service_(std::move(service)),
      sink_(options.sink != nullptr ? std::move(options.sink) : make_stream_sink(options.target)),
      records_(records) {}

void Logger::write(LogLevel level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level) || level == LogLevel::kOff) return;
  const WallTime now = std::chrono::system_clock::now();
  const SpanContext& span = current_span();
  if (sink_ != nullptr) {
    std::string line = "{\"time\":\"";
    line.reserve(256);
    append_time(line, now);
    line += "\",\"level\":\"";
    line += log_level_name(level);
    line += "\",\"service\":";
    append_json_string(line, service_);
    append_ids(line, span);
    line += ",\"message\":";
    append_json_string(line, bounded_text(message, kMaxLogMessageBytes));
    append_fields(line, fields);
    line += '}';
    sink_->write(line);
  }
  if (records_.is_open()) records_.push(make_record(now, level, message, span, fields));
}

}  // namespace skerry::telemetry

namespace skerry::log {

void write(telemetry::LogLevel level, std::string_view message, Fields fields) {
  telemetry::current().logger().write(level, message, fields);
}

}  // namespace skerry::log
