// SPDX-License-Identifier: Apache-2.0
//
// Telemetry: what a process knows about itself: its spans, metrics and logs, in one object that main owns and that
// tasks reach through `telemetry::current()`. It opens no connection: an exporter (skerry/otlp) drains its queues, and
// the admin listener serves its metrics as text.
//
//   Telemetry telemetry({.service = "order"});
//   AttachTelemetry attached(telemetry);
//   telemetry.metrics().counter("orders_total", "Orders stored").increment();
//   log::info("order stored", {{"order_id", id}});
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/telemetry/ambient.h"
#include "skerry/telemetry/export_queue.h"
#include "skerry/telemetry/log.h"
#include "skerry/telemetry/metrics.h"
#include "skerry/telemetry/sampler.h"
#include "skerry/telemetry/span.h"
#include "skerry/telemetry/span_data.h"

namespace skerry::telemetry {

using SpanQueue = ExportQueue<SpanData>;
using LogQueue = ExportQueue<LogRecord>;

struct TelemetryOptions {
  /// The service's name, as it is registered: the resource attribute service.name and the field "service" of log lines.
  std::string service = "unknown_service";
  /// The instance's id; empty: a random one.
  std::string instance = {};
  std::string version = {};
  /// False: spans have no ids of their own and nothing is recorded; ids that came in are still handed on.
  bool tracing = true;
  std::uint32_t new_traces_per_second = kDefaultNewTracesPerSecond;
  ExportQueueLimits span_queue = {};
  ExportQueueLimits log_queue = {};
  LogOptions log = {};
  MetricsOptions metrics = {};
};

/// The attributes that say where telemetry comes from: service.name, service.version, service.instance.id, host.name,
/// process.pid, telemetry.sdk.name and telemetry.sdk.language.
struct Resource {
  std::vector<Attribute> attributes;
};

/// All members may be used on any thread.
class Telemetry {
 public:
  explicit Telemetry(TelemetryOptions options = {});
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  /// The one that does nothing: attached by code whose own calls must not be observed, such as an exporter's.
  static Telemetry& none();

  const std::string& service() const { return service_; }
  const Resource& resource() const { return resource_; }
  bool tracing() const { return tracing_; }
  Sampler& sampler() { return sampler_; }
  Metrics& metrics() { return metrics_; }
  Logger& logger() { return logger_; }
  /// Finished spans, for one exporter. Closed until it opens them: without an exporter nothing is recorded.
  SpanQueue& spans() { return spans_; }
  /// Log records likewise: the lines that are written, a second time, for an exporter.
  LogQueue& log_records() { return log_records_; }

 private:
  struct Disabled {};
  explicit Telemetry(Disabled);
  void register_own_metrics();

  const std::string service_;
  const Resource resource_;
  const bool tracing_;
  Sampler sampler_;
  SpanQueue spans_;
  LogQueue log_records_;
  Metrics metrics_;
  Logger logger_;
  // Last, so that no callback sees a member that is gone.
  std::vector<MetricCallback> callbacks_;
};

}  // namespace skerry::telemetry
