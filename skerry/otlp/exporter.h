// SPDX-License-Identifier: Apache-2.0
//
// Exporter: sends what a process's Telemetry collects to a collector by OTLP, in batches, from one task for each kind.
// It never slows the process down: what the collector does not take in time is dropped and counted. What the exporter's
// own calls would observe is not observed.
//
//   Result<std::unique_ptr<Transport>> transport = connect("http://127.0.0.1:4317");     // skerry/otlp/connect.h
//   Exporter exporter(telemetry, *std::move(transport));
//   exporter.start();
//   ...
//   co_await exporter.stop(2s);                                                          // sends what is left
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "skerry/async/task.h"
#include "skerry/otlp/transport.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::otlp {

struct ExporterOptions {
  /// Spans are sent in any case.
  bool logs = false;
  /// How often metrics are sent; 0: never, since they are usually fetched from /metrics.
  std::chrono::milliseconds metrics_interval{0};
  /// A batch is sent when it has so many items or bytes (as they lie in memory), or when its oldest item is so old.
  std::size_t batch_items = 512;
  std::size_t batch_bytes = 2 * 1024 * 1024;
  std::chrono::milliseconds batch_delay{500};
  /// For one attempt to send.
  std::chrono::milliseconds timeout{10'000};
  /// A batch is given up after so many attempts. Between them the wait doubles, from the first to the longest, and each
  /// is shortened at random by up to a half.
  std::size_t max_attempts = 6;
  std::chrono::milliseconds first_backoff{250};
  std::chrono::milliseconds max_backoff{8'000};
};

namespace internal {
class ExporterCore;
}

class Exporter {
 public:
  /// `telemetry` must outlive the exporter's tasks, which end with stop() or with the runtime.
  Exporter(telemetry::Telemetry& telemetry, std::unique_ptr<Transport> transport, ExporterOptions options = {});
  ~Exporter();
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;

  /// Opens the queues and starts sending, on this worker. Call once, from a task.
  void start();

  /// Sends what is queued, for at most `limit`, closes the queues and ends the tasks. What is left then is dropped and
  /// counted. Call from a task; nothing when it was never started.
  Task<> stop(std::chrono::nanoseconds limit);

 private:
  std::shared_ptr<internal::ExporterCore> core_;
  bool started_ = false;
};

}  // namespace skerry::otlp
