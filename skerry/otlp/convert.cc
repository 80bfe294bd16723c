// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/convert.h"

#include <utility>

namespace skerry::otlp {
namespace {

using google::protobuf::RepeatedPtrField;
using opentelemetry::proto::common::v1::AnyValue;
using opentelemetry::proto::common::v1::KeyValue;
using telemetry::LogLevel;
using telemetry::LogRecord;
using telemetry::MetricSnapshot;
using telemetry::MetricType;
using telemetry::SpanData;
using telemetry::WallTime;

namespace trace_v1 = opentelemetry::proto::trace::v1;
namespace metrics_v1 = opentelemetry::proto::metrics::v1;
namespace logs_v1 = opentelemetry::proto::logs::v1;

std::uint64_t unix_nanoseconds(WallTime time) {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time.time_since_epoch().count(), 0));
}

void set_value(AnyValue& to, telemetry::AttributeValue&& value) {
  if (const auto* flag = std::get_if<bool>(&value)) {
    to.set_bool_value(*flag);
  } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    to.set_int_value(*whole);
  } else if (const auto* number = std::get_if<double>(&value)) {
    to.set_double_value(*number);
  } else {
    to.set_string_value(std::move(std::get<std::string>(value)));
  }
}

void add_attributes(RepeatedPtrField<KeyValue>& to, std::vector<telemetry::Attribute> attributes) {
  to.Reserve(static_cast<int>(attributes.size()));
  for (telemetry::Attribute& attribute : attributes) {
    KeyValue* added = to.Add();
    added->set_key(std::move(attribute.key));
    set_value(*added->mutable_value(), std::move(attribute.value));
  }
}

// The resource and scope of any signal's group.
template <class ResourceGroup>
void set_resource(ResourceGroup& group, const telemetry::Resource& resource) {
  add_attributes(*group.mutable_resource()->mutable_attributes(), resource.attributes);
}
template <class ScopeGroup>
void set_scope(ScopeGroup& group) {
  group.mutable_scope()->set_name(std::string(kScopeName));
}

// The lower byte is W3C's; of the others only whether the parent is remote is said.
std::uint32_t span_flags(telemetry::TraceFlags flags, bool remote) {
  return flags.bits | trace_v1::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK |
         (remote ? static_cast<std::uint32_t>(trace_v1::SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK) : 0U);
}

void fill_span(trace_v1::Span& to, SpanData&& span) {
  to.set_trace_id(std::string(span.context.trace_id.bytes()));
  to.set_span_id(std::string(span.context.span_id.bytes()));
  if (span.parent_id.valid()) to.set_parent_span_id(std::string(span.parent_id.bytes()));
  to.set_trace_state(std::string(span.context.state.header()));
  to.set_flags(span_flags(span.context.flags, span.parent_remote));
  to.set_name(std::move(span.name));
  to.set_kind(static_cast<trace_v1::Span::SpanKind>(span.kind));
  to.set_start_time_unix_nano(unix_nanoseconds(span.start));
  to.set_end_time_unix_nano(unix_nanoseconds(span.end));
  add_attributes(*to.mutable_attributes(), std::move(span.attributes));
  to.set_dropped_attributes_count(span.dropped_attributes);
  for (telemetry::SpanEvent& event : span.events) {
    trace_v1::Span::Event* added = to.add_events();
    added->set_time_unix_nano(unix_nanoseconds(event.time));
    added->set_name(std::move(event.name));
    add_attributes(*added->mutable_attributes(), std::move(event.attributes));
  }
  to.set_dropped_events_count(span.dropped_events);
  for (const telemetry::SpanContext& link : span.links) {
    trace_v1::Span::Link* added = to.add_links();
    added->set_trace_id(std::string(link.trace_id.bytes()));
    added->set_span_id(std::string(link.span_id.bytes()));
    added->set_trace_state(std::string(link.state.header()));
    added->set_flags(span_flags(link.flags, link.remote));
  }
  to.set_dropped_links_count(span.dropped_links);
  if (span.status.code != telemetry::SpanStatusCode::kUnset) {
    to.mutable_status()->set_code(static_cast<trace_v1::Status::StatusCode>(span.status.code));
    to.mutable_status()->set_message(std::move(span.status.message));
  }
}

// The lowest number of each level's range (OpenTelemetry's logs data model, field SeverityNumber).
logs_v1::SeverityNumber severity_number(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
      return logs_v1::SEVERITY_NUMBER_TRACE;
    case LogLevel::kDebug:
      return logs_v1::SEVERITY_NUMBER_DEBUG;
    case LogLevel::kInfo:
      return logs_v1::SEVERITY_NUMBER_INFO;
    case LogLevel::kWarning:
      return logs_v1::SEVERITY_NUMBER_WARN;
    case LogLevel::kError:
      return logs_v1::SEVERITY_NUMBER_ERROR;
    case LogLevel::kOff:
      break;
  }
  return logs_v1::SEVERITY_NUMBER_UNSPECIFIED;
}

void fill_record(logs_v1::LogRecord& to, LogRecord&& record) {
  to.set_time_unix_nano(unix_nanoseconds(record.time));
  to.set_observed_time_unix_nano(unix_nanoseconds(record.time));
  to.set_severity_number(severity_number(record.level));
  to.set_severity_text(std::string(telemetry::log_level_name(record.level)));
  to.mutable_body()->set_string_value(std::move(record.message));
  add_attributes(*to.mutable_attributes(), std::move(record.attributes));
  if (record.trace_id.valid()) {
    to.set_trace_id(std::string(record.trace_id.bytes()));
    to.set_span_id(std::string(record.span_id.bytes()));
    to.set_flags(record.flags.bits);
  }
}

template <class Point>
void fill_point(Point& point, const MetricSnapshot& snapshot, const MetricSnapshot::Sample& sample, WallTime start,
                WallTime now) {
  for (std::size_t i = 0; i < snapshot.label_names.size(); ++i) {
    KeyValue* attribute = point.add_attributes();
    attribute->set_key(snapshot.label_names[i]);
    attribute->mutable_value()->set_string_value(sample.label_values[i]);
  }
  point.set_start_time_unix_nano(unix_nanoseconds(start));
  point.set_time_unix_nano(unix_nanoseconds(now));
}

void fill_histogram(metrics_v1::Histogram& histogram, const MetricSnapshot& snapshot, WallTime start, WallTime now) {
  histogram.set_aggregation_temporality(metrics_v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
  for (const MetricSnapshot::Sample& sample : snapshot.samples) {
    metrics_v1::HistogramDataPoint* point = histogram.add_data_points();
    fill_point(*point, snapshot, sample, start, now);
    std::uint64_t count = 0;
    for (const std::uint64_t in_bucket : sample.bucket_counts) {
      point->add_bucket_counts(in_bucket);
      count += in_bucket;
    }
    for (const double bound : snapshot.bounds) point->add_explicit_bounds(bound);
    point->set_count(count);
    point->set_sum(sample.sum);
  }
}

void fill_metric(metrics_v1::Metric& metric, const MetricSnapshot& snapshot, WallTime start, WallTime now) {
  metric.set_name(snapshot.name);
  metric.set_description(snapshot.help);
  RepeatedPtrField<metrics_v1::NumberDataPoint>* points = nullptr;
  switch (snapshot.type) {
    case MetricType::kHistogram:
      return fill_histogram(*metric.mutable_histogram(), snapshot, start, now);
    case MetricType::kCounter:
      metric.mutable_sum()->set_is_monotonic(true);
      metric.mutable_sum()->set_aggregation_temporality(metrics_v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
      points = metric.mutable_sum()->mutable_data_points();
      break;
    case MetricType::kGauge:
      points = metric.mutable_gauge()->mutable_data_points();
      break;
  }
  for (const MetricSnapshot::Sample& sample : snapshot.samples) {
    metrics_v1::NumberDataPoint* point = points->Add();
    fill_point(*point, snapshot, sample, start, now);
    point->set_as_double(sample.value);
  }
}

}  // namespace

TraceRequest trace_request(const telemetry::Resource& resource, std::vector<std::unique_ptr<SpanData>> spans) {
  TraceRequest request;
  trace_v1::ResourceSpans* group = request.add_resource_spans();
  set_resource(*group, resource);
  trace_v1::ScopeSpans* scope = group->add_scope_spans();
  set_scope(*scope);
  for (std::unique_ptr<SpanData>& span : spans) fill_span(*scope->add_spans(), std::move(*span));
  return request;
}

LogsRequest logs_request(const telemetry::Resource& resource, std::vector<std::unique_ptr<LogRecord>> records) {
  LogsRequest request;
  logs_v1::ResourceLogs* group = request.add_resource_logs();
  set_resource(*group, resource);
  logs_v1::ScopeLogs* scope = group->add_scope_logs();
  set_scope(*scope);
  for (std::unique_ptr<LogRecord>& record : records) fill_record(*scope->add_log_records(), std::move(*record));
  return request;
}

MetricsRequest metrics_request(const telemetry::Resource& resource, const std::vector<MetricSnapshot>& snapshots,
                               WallTime start, WallTime now) {
  MetricsRequest request;
  metrics_v1::ResourceMetrics* group = request.add_resource_metrics();
  set_resource(*group, resource);
  metrics_v1::ScopeMetrics* scope = group->add_scope_metrics();
  set_scope(*scope);
  for (const MetricSnapshot& snapshot : snapshots) {
    if (!snapshot.samples.empty()) fill_metric(*scope->add_metrics(), snapshot, start, now);
  }
  return request;
}

}  // namespace skerry::otlp
