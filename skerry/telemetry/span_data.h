// SPDX-License-Identifier: Apache-2.0
//
// SpanData: a finished span as it leaves the process, and LogRecord, a log line likewise. Plain values in the terms of
// OpenTelemetry's data model; the exporter (skerry/otlp) turns them into OTLP.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "skerry/telemetry/attribute.h"
#include "skerry/telemetry/span_context.h"

namespace skerry::telemetry {

/// A moment of the calendar, in nanoseconds since 1970 as OTLP has it.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// What one span may hold; more is counted and dropped. The numbers are OpenTelemetry's defaults.
inline constexpr std::size_t kMaxSpanAttributes = 128;
inline constexpr std::size_t kMaxSpanEvents = 128;
inline constexpr std::size_t kMaxSpanLinks = 128;
inline constexpr std::size_t kMaxSpanNameBytes = 1024;

/// With the numbers of opentelemetry.proto.trace.v1.Span.SpanKind.
enum class SpanKind : std::uint8_t { kInternal = 1, kServer = 2, kClient = 3, kProducer = 4, kConsumer = 5 };

/// With the numbers of opentelemetry.proto.trace.v1.Status.StatusCode.
enum class SpanStatusCode : std::uint8_t { kUnset = 0, kOk = 1, kError = 2 };

struct SpanStatus {
  SpanStatusCode code = SpanStatusCode::kUnset;
  std::string message;
};

struct SpanEvent {
  WallTime time;
  std::string name;
  std::vector<Attribute> attributes;
};

struct SpanData {
  SpanContext context;
  /// Zero for the root of a trace.
  SpanId parent_id;
  /// The parent is in another process.
  bool parent_remote = false;
  std::string name;
  SpanKind kind = SpanKind::kInternal;
  WallTime start;
  WallTime end;
  SpanStatus status;
  std::vector<Attribute> attributes;
  std::vector<SpanEvent> events;
  /// Spans of other traces that this one follows from, such as those of the events in a batch.
  std::vector<SpanContext> links;
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
};

/// In the order of their weight.
enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarning, kError, kOff };

struct LogRecord {
  WallTime time;
  LogLevel level = LogLevel::kInfo;
  std::string message;
  std::vector<Attribute> attributes;
  /// Zero outside of any span.
  TraceId trace_id;
  SpanId span_id;
  TraceFlags flags;
};

/// Estimates of what they take in memory, for the byte limits of the export queues.
std::size_t memory_bytes(const SpanData& span);
std::size_t memory_bytes(const LogRecord& record);

}  // namespace skerry::telemetry
