// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/segment_format.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "skerry/base/encoding.h"
#include "skerry/telemetry/attribute.h"

namespace skerry::platform::collector {
namespace {

constexpr std::string_view kMagic = "SKERRYSP";
// type, origin, ids, times, flags, length of the name
constexpr std::size_t kSpanFixedBytes = 1 + 4 + 16 + 8 + 8 + 8 + 8 + 1 + 2;

template <class T>
void append_number(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}

// Reads from the front of a text that the caller knows to be long enough.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T result = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      result |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes_[i])) << (8 * i));
    }
    bytes_.remove_prefix(sizeof(T));
    return result;
  }
  template <std::size_t kSize>
  std::array<std::uint8_t, kSize> array() {
    std::array<std::uint8_t, kSize> result;
    const std::string_view taken = take(kSize);
    std::memcpy(result.data(), taken.data(), taken.size());
    return result;
  }
  std::string_view take(std::size_t count) {
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

bool is_type(std::string_view payload, RecordType type) {
  return !payload.empty() && payload[0] == static_cast<char>(type);
}

}  // namespace

std::string encode_segment_header(std::string_view service) {
  std::string out(kMagic);
  append_number(out, kSegmentVersion);
  append_number(out, static_cast<std::uint32_t>(service.size()));
  out += service;
  append_number(out, crc32c(out));
  return out;
}

Result<SegmentHeader> decode_segment_header(std::string_view file) {
  constexpr std::size_t kFixed = kMagic.size() + 8;
  if (file.size() < kFixed || !file.starts_with(kMagic)) return fail(Error::data_loss("not a file of spans"));
  Reader reader(file.substr(kMagic.size()));
  const auto version = reader.number<std::uint32_t>();
  const auto length = reader.number<std::uint32_t>();
  if (version != kSegmentVersion) return fail(Error::data_loss("version {} of the file is not known", version));
  if (length > kMaxServiceBytes || file.size() < kFixed + length + 4) {
    return fail(Error::data_loss("the file's header is cut off"));
  }
  const std::string_view service = reader.take(length);
  if (reader.number<std::uint32_t>() != crc32c(file.substr(0, kFixed + length))) {
    return fail(Error::data_loss("the file's header does not match its checksum"));
  }
  return SegmentHeader{std::string(service), kFixed + length + 4};
}

void append_record(std::string& out, std::string_view payload) {
  append_number(out, static_cast<std::uint32_t>(payload.size()));
  append_number(out, crc32c(payload));
  out += payload;
}

std::optional<std::string_view> read_record(std::string_view rest) {
  if (rest.size() < kRecordHeaderBytes) return std::nullopt;
  Reader reader(rest);
  const auto length = reader.number<std::uint32_t>();
  const auto checksum = reader.number<std::uint32_t>();
  // A length of zero is what a file holds that was enlarged and never written.
  if (length == 0 || length > kMaxRecordBytes || length > reader.rest().size()) return std::nullopt;
  const std::string_view payload = reader.take(length);
  if (crc32c(payload) != checksum) return std::nullopt;
  return payload;
}

std::size_t record_bytes(std::string_view rest) { return kRecordHeaderBytes + Reader(rest).number<std::uint32_t>(); }

std::string encode_origin(const OtlpResource& resource, const OtlpScope& scope) {
  opentelemetry::proto::trace::v1::ResourceSpans message;
  *message.mutable_resource() = resource;
  *message.add_scope_spans()->mutable_scope() = scope;
  std::string payload(1, static_cast<char>(RecordType::kOrigin));
  message.AppendToString(&payload);
  return payload;
}

std::shared_ptr<const SpanOrigin> decode_origin(std::string_view payload, std::string_view service) {
  opentelemetry::proto::trace::v1::ResourceSpans message;
  const google::protobuf::LogSilencer silencer;
  if (!is_type(payload, RecordType::kOrigin)) return nullptr;
  if (!message.ParseFromArray(payload.data() + 1, static_cast<int>(payload.size() - 1))) return nullptr;
  auto origin = std::make_shared<SpanOrigin>();
  origin->service = service;
  origin->resource = std::move(*message.mutable_resource());
  if (message.scope_spans_size() > 0) origin->scope = std::move(*message.mutable_scope_spans(0)->mutable_scope());
  return origin;
}

std::optional<SpanKey> key_of(const OtlpSpan& span) {
  const auto trace_id = telemetry::TraceId::from_bytes(span.trace_id());
  const auto span_id = telemetry::SpanId::from_bytes(span.span_id());
  if (!trace_id || !span_id) return std::nullopt;
  SpanKey key;
  key.trace_id = *trace_id;
  key.span_id = *span_id;
  if (!span.parent_span_id().empty()) {
    if (span.parent_span_id().size() != telemetry::SpanId::kBytes) return std::nullopt;
    // Zeros mean "none", as some clients write it.
    key.parent_id = telemetry::SpanId::from_bytes(span.parent_span_id()).value_or(telemetry::SpanId());
  }
  key.start = span.start_time_unix_nano();
  key.duration = span.end_time_unix_nano() > key.start ? span.end_time_unix_nano() - key.start : 0;
  const bool failed = span.status().code() == opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR;
  key.flags = (static_cast<std::uint8_t>(span.kind()) & SpanKey::kKindMask) | (failed ? SpanKey::kError : 0);
  key.name = std::string_view(span.name()).substr(0, std::numeric_limits<std::uint16_t>::max());
  return key;
}

std::string encode_span(const SpanKey& key, OtlpSpan span) {
  std::string payload(1, static_cast<char>(RecordType::kSpan));
  append_number(payload, key.origin);
  payload += key.trace_id.bytes();
  payload += key.span_id.bytes();
  payload += key.parent_id.bytes();
  append_number(payload, key.start);
  append_number(payload, key.duration);
  payload += static_cast<char>(key.flags);
  append_number(payload, static_cast<std::uint16_t>(key.name.size()));
  payload += key.name;
  span.clear_trace_id();
  span.clear_span_id();
  span.clear_parent_span_id();
  span.clear_start_time_unix_nano();
  span.clear_end_time_unix_nano();
  span.clear_name();
  span.AppendToString(&payload);
  return payload;
}

std::optional<SpanKey> decode_span_key(std::string_view payload) {
  if (!is_type(payload, RecordType::kSpan) || payload.size() < kSpanFixedBytes) return std::nullopt;
  Reader reader(payload.substr(1));
  SpanKey key;
  key.origin = reader.number<std::uint32_t>();
  key.trace_id = telemetry::TraceId(reader.array<16>());
  key.span_id = telemetry::SpanId(reader.array<8>());
  key.parent_id = telemetry::SpanId(reader.array<8>());
  key.start = reader.number<std::uint64_t>();
  key.duration = reader.number<std::uint64_t>();
  key.flags = reader.number<std::uint8_t>();
  const auto length = reader.number<std::uint16_t>();
  if (length > reader.rest().size()) return std::nullopt;
  key.name = reader.take(length);
  return key;
}

std::optional<OtlpSpan> decode_span(std::string_view payload) {
  const std::optional<SpanKey> key = decode_span_key(payload);
  if (!key) return std::nullopt;
  const std::string_view message = payload.substr(kSpanFixedBytes + key->name.size());
  const google::protobuf::LogSilencer silencer;
  OtlpSpan span;
  if (!span.ParseFromArray(message.data(), static_cast<int>(message.size()))) return std::nullopt;
  span.set_trace_id(std::string(key->trace_id.bytes()));
  span.set_span_id(std::string(key->span_id.bytes()));
  if (key->parent_id.valid()) span.set_parent_span_id(std::string(key->parent_id.bytes()));
  span.set_start_time_unix_nano(key->start);
  span.set_end_time_unix_nano(key->start + key->duration);
  span.set_name(std::string(key->name));
  return span;
}

}  // namespace skerry::platform::collector
