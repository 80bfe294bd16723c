// SPDX-License-Identifier: Apache-2.0
//
// What the collector's tests share: spans that are quickly made, and a directory that is gone afterwards.
#pragma once

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/collector/stored_span.h"
#include "platform/collector/trace_store.h"
#include "skerry/disk/temporary_directory.h"

namespace skerry::platform::collector::fixtures {

/// The n-th trace id and span id. n > 0.
inline telemetry::TraceId trace_id(std::uint64_t n) {
  std::array<std::uint8_t, 16> bytes{};
  for (int i = 0; i < 8; ++i) bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  bytes[0] = 0xaa;
  return telemetry::TraceId(bytes);
}
inline telemetry::SpanId span_id(std::uint64_t n) {
  std::array<std::uint8_t, 8> bytes{};
  for (int i = 0; i < 8; ++i) bytes[7 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return telemetry::SpanId(bytes);
}

struct SpanSpec {
  std::uint64_t trace = 1;
  std::uint64_t span = 1;
  /// 0: a root.
  std::uint64_t parent = 0;
  std::string name = "operation";
  /// Milliseconds since 1970, and milliseconds.
  std::uint64_t start = 1000;
  std::uint64_t duration = 10;
  OtlpSpan::SpanKind kind = OtlpSpan::SPAN_KIND_SERVER;
  bool failed = false;
  /// What it says about the failure.
  std::string message = {};
  std::vector<std::pair<std::string, std::string>> attributes = {};
  std::vector<std::pair<std::string, std::int64_t>> numbers = {};
  /// Traces and spans.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> links = {};
};

inline OtlpSpan make_span(const SpanSpec& spec) {
  OtlpSpan span;
  span.set_trace_id(std::string(trace_id(spec.trace).bytes()));
  span.set_span_id(std::string(span_id(spec.span).bytes()));
  if (spec.parent != 0) span.set_parent_span_id(std::string(span_id(spec.parent).bytes()));
  span.set_name(spec.name);
  span.set_kind(spec.kind);
  span.set_start_time_unix_nano(spec.start * 1'000'000);
  span.set_end_time_unix_nano((spec.start + spec.duration) * 1'000'000);
  if (spec.failed) span.mutable_status()->set_code(opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
  if (!spec.message.empty()) span.mutable_status()->set_message(spec.message);
  for (const auto& [key, value] : spec.attributes) {
    OtlpAttribute* attribute = span.add_attributes();
    attribute->set_key(key);
    attribute->mutable_value()->set_string_value(value);
  }
  for (const auto& [key, value] : spec.numbers) {
    OtlpAttribute* attribute = span.add_attributes();
    attribute->set_key(key);
    attribute->mutable_value()->set_int_value(value);
  }
  for (const auto& [trace, id] : spec.links) {
    OtlpSpan::Link* link = span.add_links();
    link->set_trace_id(std::string(trace_id(trace).bytes()));
    link->set_span_id(std::string(span_id(id).bytes()));
  }
  return span;
}

/// An export request with these spans of one service.
inline OtlpTraceRequest make_request(std::string_view service, const std::vector<SpanSpec>& specs) {
  OtlpTraceRequest request;
  auto* resource_spans = request.add_resource_spans();
  OtlpAttribute* name = resource_spans->mutable_resource()->add_attributes();
  name->set_key("service.name");
  name->mutable_value()->set_string_value(std::string(service));
  auto* scope_spans = resource_spans->add_scope_spans();
  scope_spans->mutable_scope()->set_name("test");
  for (const SpanSpec& spec : specs) *scope_spans->add_spans() = make_span(spec);
  return request;
}

}  // namespace skerry::platform::collector::fixtures
