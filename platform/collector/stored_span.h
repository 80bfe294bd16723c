// SPDX-License-Identifier: Apache-2.0
//
// StoredSpan: a span as the collector keeps it: OTLP's own message, and where it came from. What the trace store writes
// and its queries answer.
#pragma once

#include <opentelemetry/proto/resource/v1/resource.pb.h>
#include <opentelemetry/proto/trace/v1/trace.pb.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/telemetry/trace_id.h"

namespace skerry::platform::collector {

using OtlpSpan = opentelemetry::proto::trace::v1::Span;
using OtlpResource = opentelemetry::proto::resource::v1::Resource;
using OtlpScope = opentelemetry::proto::common::v1::InstrumentationScope;
using OtlpValue = opentelemetry::proto::common::v1::AnyValue;
using OtlpAttribute = opentelemetry::proto::common::v1::KeyValue;

/// What many spans have in common: the process and the instrumentation that made them.
struct SpanOrigin {
  std::string service;
  OtlpResource resource;
  OtlpScope scope;
};

struct StoredSpan {
  std::shared_ptr<const SpanOrigin> origin;
  OtlpSpan span;
};

struct StoredTrace {
  telemetry::TraceId id;
  /// In the order of their start.
  std::vector<StoredSpan> spans;
  /// There were more spans than kMaxSpansPerTrace.
  bool truncated = false;
};

/// The name under which spans of a resource without a service.name are kept, as OpenTelemetry has it.
inline constexpr std::string_view kUnknownService = "unknown_service";
inline constexpr std::size_t kMaxServiceBytes = 255;
inline constexpr std::size_t kMaxOperationBytes = 1024;

/// The resource's service.name, cut to kMaxServiceBytes.
std::string service_of(const OtlpResource& resource);

/// The value as text, as tags are compared and shown: numbers in decimal, lists and maps as JSON.
std::string value_text(const OtlpValue& value);

}  // namespace skerry::platform::collector
