// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/convert.h"

#include <gtest/gtest.h>

namespace skerry::otlp {
namespace {

using telemetry::Attribute;
using telemetry::AttributeValue;
using telemetry::SpanId;
using telemetry::TraceId;
using telemetry::WallTime;

namespace trace_v1 = opentelemetry::proto::trace::v1;

const telemetry::Resource kOrder{{{"service.name", AttributeValue(std::string("order"))}}};

telemetry::SpanContext some_context() {
  telemetry::SpanContext context{.trace_id = TraceId::generate(), .span_id = SpanId::generate()};
  context.flags.bits = telemetry::TraceFlags::kSampled;
  context.state = *telemetry::TraceState::parse("vendor=1");
  return context;
}

WallTime wall_time(std::int64_t nanoseconds) { return WallTime(std::chrono::nanoseconds(nanoseconds)); }

TEST(OtlpConvert, a_span_keeps_everything) {
  auto span = std::make_unique<telemetry::SpanData>();
  span->context = some_context();
  span->parent_id = SpanId::generate();
  span->parent_remote = true;
  span->name = "GET /users/{id}";
  span->kind = telemetry::SpanKind::kServer;
  span->start = wall_time(1'000);
  span->end = wall_time(3'000);
  span->status = {telemetry::SpanStatusCode::kError, "no user"};
  span->attributes = {{"text", AttributeValue(std::string("v"))},
                      {"whole", AttributeValue(std::int64_t{-7})},
                      {"number", AttributeValue(1.5)},
                      {"flag", AttributeValue(true)}};
  span->events.push_back({wall_time(2'000), "retry", {{"attempt", AttributeValue(std::int64_t{2})}}});
  span->links.push_back(some_context());
  span->dropped_attributes = 1;
  span->dropped_events = 2;
  span->dropped_links = 3;
  const telemetry::SpanData copy = *span;
  std::vector<std::unique_ptr<telemetry::SpanData>> spans;
  spans.push_back(std::move(span));

  const TraceRequest request = trace_request(kOrder, std::move(spans));
  ASSERT_EQ(request.resource_spans_size(), 1);
  EXPECT_EQ(request.resource_spans(0).resource().attributes(0).value().string_value(), "order");
  EXPECT_EQ(request.resource_spans(0).scope_spans(0).scope().name(), kScopeName);
  const trace_v1::Span& made = request.resource_spans(0).scope_spans(0).spans(0);
  EXPECT_EQ(made.trace_id(), copy.context.trace_id.bytes());
  EXPECT_EQ(made.span_id(), copy.context.span_id.bytes());
  EXPECT_EQ(made.parent_span_id(), copy.parent_id.bytes());
  EXPECT_EQ(made.trace_state(), "vendor=1");
  EXPECT_EQ(made.flags(), 0x301U) << "sampled, and the parent is known to be remote";
  EXPECT_EQ(made.name(), "GET /users/{id}");
  EXPECT_EQ(made.kind(), trace_v1::Span::SPAN_KIND_SERVER);
  EXPECT_EQ(made.start_time_unix_nano(), 1'000U);
  EXPECT_EQ(made.end_time_unix_nano(), 3'000U);
  EXPECT_EQ(made.status().code(), trace_v1::Status::STATUS_CODE_ERROR);
  EXPECT_EQ(made.status().message(), "no user");
  ASSERT_EQ(made.attributes_size(), 4);
  EXPECT_EQ(made.attributes(0).value().string_value(), "v");
  EXPECT_EQ(made.attributes(1).value().int_value(), -7);
  EXPECT_EQ(made.attributes(2).value().double_value(), 1.5);
  EXPECT_TRUE(made.attributes(3).value().bool_value());
  EXPECT_EQ(made.events(0).name(), "retry");
  EXPECT_EQ(made.events(0).time_unix_nano(), 2'000U);
  EXPECT_EQ(made.events(0).attributes(0).value().int_value(), 2);
  EXPECT_EQ(made.links(0).trace_id(), copy.links[0].trace_id.bytes());
  EXPECT_EQ(made.dropped_attributes_count(), 1U);
  EXPECT_EQ(made.dropped_events_count(), 2U);
  EXPECT_EQ(made.dropped_links_count(), 3U);
}

TEST(OtlpConvert, the_root_of_a_trace_has_no_parent_and_no_status) {
  std::vector<std::unique_ptr<telemetry::SpanData>> spans;
  spans.push_back(std::make_unique<telemetry::SpanData>());
  spans[0]->context = some_context();
  const TraceRequest request = trace_request(kOrder, std::move(spans));
  const trace_v1::Span& made = request.resource_spans(0).scope_spans(0).spans(0);
  EXPECT_EQ(made.parent_span_id(), "");
  EXPECT_FALSE(made.has_status());
  EXPECT_EQ(made.kind(), trace_v1::Span::SPAN_KIND_INTERNAL);
}

TEST(OtlpConvert, a_log_record_has_its_severity_and_ids) {
  std::vector<std::unique_ptr<telemetry::LogRecord>> records;
  records.push_back(std::make_unique<telemetry::LogRecord>());
  records[0]->time = wall_time(5);
  records[0]->level = telemetry::LogLevel::kWarning;
  records[0]->message = "stock is low";
  records[0]->attributes = {{"sku", AttributeValue(std::string("pear"))}};
  records[0]->trace_id = TraceId::generate();
  records[0]->span_id = SpanId::generate();
  const std::string trace_id(records[0]->trace_id.bytes());
  records.push_back(std::make_unique<telemetry::LogRecord>());
  const LogsRequest request = logs_request(kOrder, std::move(records));
  const auto& made = request.resource_logs(0).scope_logs(0).log_records();
  ASSERT_EQ(made.size(), 2);
  EXPECT_EQ(made[0].severity_number(), opentelemetry::proto::logs::v1::SEVERITY_NUMBER_WARN);
  EXPECT_EQ(made[0].severity_text(), "warning");
  EXPECT_EQ(made[0].body().string_value(), "stock is low");
  EXPECT_EQ(made[0].attributes(0).key(), "sku");
  EXPECT_EQ(made[0].trace_id(), trace_id);
  EXPECT_EQ(made[0].time_unix_nano(), 5U);
  EXPECT_EQ(made[1].trace_id(), "") << "outside of any span";
}

TEST(OtlpConvert, metrics_are_cumulative_sums_gauges_and_histograms) {
  telemetry::MetricsOptions options;
  options.process_metrics = false;
  telemetry::Metrics metrics(options);
  metrics.counter("a_total", "A", {{"k", "v"}}).add(3);
  metrics.gauge("b_depth", "B").set(-2);
  telemetry::Histogram histogram = metrics.histogram("c_seconds", "C", {}, {1, 2});
  histogram.observe(0.5);
  histogram.observe(7.0);
  metrics.counters("d_total", "No series yet", {"k"});
  const MetricsRequest request = metrics_request(kOrder, metrics.snapshot(), wall_time(1), wall_time(9));
  const auto& made = request.resource_metrics(0).scope_metrics(0).metrics();
  ASSERT_EQ(made.size(), 3);
  EXPECT_EQ(made[0].name(), "a_total");
  EXPECT_TRUE(made[0].sum().is_monotonic());
  EXPECT_EQ(made[0].sum().aggregation_temporality(),
            opentelemetry::proto::metrics::v1::AGGREGATION_TEMPORALITY_CUMULATIVE);
  EXPECT_EQ(made[0].sum().data_points(0).as_double(), 3);
  EXPECT_EQ(made[0].sum().data_points(0).attributes(0).value().string_value(), "v");
  EXPECT_EQ(made[0].sum().data_points(0).start_time_unix_nano(), 1U);
  EXPECT_EQ(made[0].sum().data_points(0).time_unix_nano(), 9U);
  EXPECT_EQ(made[1].gauge().data_points(0).as_double(), -2);
  const auto& point = made[2].histogram().data_points(0);
  EXPECT_EQ(point.count(), 2U);
  EXPECT_EQ(point.sum(), 7.5);
  ASSERT_EQ(point.bucket_counts_size(), 3);
  EXPECT_EQ(point.bucket_counts(0), 1U);
  EXPECT_EQ(point.bucket_counts(2), 1U);
  EXPECT_EQ(point.explicit_bounds_size(), 2);
}

}  // namespace
}  // namespace skerry::otlp
