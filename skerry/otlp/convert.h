// SPDX-License-Identifier: Apache-2.0
//
// From what a process collects about itself to OTLP's messages. Pure functions.
#pragma once

#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <memory>
#include <vector>

#include "skerry/telemetry/telemetry.h"

namespace skerry::otlp {

using TraceRequest = opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;
using MetricsRequest = opentelemetry::proto::collector::metrics::v1::ExportMetricsServiceRequest;
using LogsRequest = opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest;

/// The instrumentation scope that everything is sent under.
inline constexpr std::string_view kScopeName = "skerry";

/// Takes the spans' texts out of them.
TraceRequest trace_request(const telemetry::Resource& resource,
                           std::vector<std::unique_ptr<telemetry::SpanData>> spans);

LogsRequest logs_request(const telemetry::Resource& resource,
                         std::vector<std::unique_ptr<telemetry::LogRecord>> records);

/// Counters and histograms are cumulative from `start`, as Prometheus counts them.
MetricsRequest metrics_request(const telemetry::Resource& resource,
                               const std::vector<telemetry::MetricSnapshot>& snapshots, telemetry::WallTime start,
                               telemetry::WallTime now);

}  // namespace skerry::otlp
