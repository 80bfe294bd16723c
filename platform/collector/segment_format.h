// SPDX-License-Identifier: Apache-2.0
//
// The format of the trace store's files, as pure functions over bytes. All numbers are little-endian.
//
//   file    = header record*
//   header  = "SKERRYSP" version:u32 length:u32 service-name crc32c:u32          (crc over all before it)
//   record  = length:u32 crc32c:u32 payload                                      (length and crc of the payload)
//   payload = 1 ResourceSpans                     an origin: OTLP's message with a resource and one scope, no spans
//           | 2 origin:u32 trace:16 span:8 parent:8 start:u64 duration:u64 flags:u8 length:u16 name Span
//
// An origin's number is its place among the origins of the file, from 0. A span's fixed part is what the index needs,
// so that a start reads no protobuf; what stands there is left out of the message behind it. Times are in nanoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/collector/stored_span.h"
#include "skerry/base/result.h"

namespace skerry::platform::collector {

inline constexpr std::uint32_t kSegmentVersion = 1;
inline constexpr std::size_t kRecordHeaderBytes = 8;
/// A span that takes more is refused, and a length beyond it marks the end of what can be read.
inline constexpr std::size_t kMaxRecordBytes = 256 * 1024;

enum class RecordType : std::uint8_t { kOrigin = 1, kSpan = 2 };

/// The fixed part of a span's record.
struct SpanKey {
  static constexpr std::uint8_t kKindMask = 0x07;
  static constexpr std::uint8_t kError = 0x08;

  std::uint32_t origin = 0;
  telemetry::TraceId trace_id;
  telemetry::SpanId span_id;
  /// Zero for the root of a trace.
  telemetry::SpanId parent_id;
  std::uint64_t start = 0;
  std::uint64_t duration = 0;
  /// OTLP's kind in kKindMask; kError for status ERROR.
  std::uint8_t flags = 0;
  std::string_view name;
};

/// The header of a file of this service.
std::string encode_segment_header(std::string_view service);

struct SegmentHeader {
  std::string service;
  std::size_t bytes = 0;
};
/// Fails with DATA_LOSS where the file does not begin with a whole header of this version.
Result<SegmentHeader> decode_segment_header(std::string_view file);

/// Appends a record to `out`.
void append_record(std::string& out, std::string_view payload);
/// The payload of the record at the start of `rest`; nullopt where it is cut off, too long or does not match its
/// checksum. The record is kRecordHeaderBytes longer than its payload.
std::optional<std::string_view> read_record(std::string_view rest);

/// The length of the whole record at the start of `rest`, as its header says. Precondition: at least a header.
std::size_t record_bytes(std::string_view rest);

std::string encode_origin(const OtlpResource& resource, const OtlpScope& scope);
/// nullopt where the payload is no origin.
std::shared_ptr<const SpanOrigin> decode_origin(std::string_view payload, std::string_view service);

/// The key of a valid span (see SpanKey); nullopt where an id has the wrong length or is zero. `name` refers to the
/// span's.
std::optional<SpanKey> key_of(const OtlpSpan& span);
/// The record of a span with this key. Takes the message apart, which is why it wants a copy.
std::string encode_span(const SpanKey& key, OtlpSpan span);
/// nullopt where the payload is no span. `name` refers to the payload.
std::optional<SpanKey> decode_span_key(std::string_view payload);
/// The whole span; nullopt likewise.
std::optional<OtlpSpan> decode_span(std::string_view payload);

}  // namespace skerry::platform::collector
