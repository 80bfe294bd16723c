// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/runtime_metrics.h"

#include "skerry/async/blocking_pool.h"
#include "skerry/async/runtime.h"

namespace skerry::telemetry {
namespace {

double started_tasks(Runtime& runtime) {
  std::uint64_t started = 0;
  for (std::size_t i = 0; i < runtime.worker_count(); ++i) started += runtime.worker(i).fibers_started();
  return static_cast<double>(started);
}

}  // namespace

std::vector<MetricCallback> add_runtime_metrics(Metrics& metrics, Runtime& runtime) {
  std::vector<MetricCallback> callbacks;
  callbacks.push_back(metrics.gauge_callback("skerry_runtime_workers", "Threads that run tasks", {},
                                             [&runtime] { return static_cast<double>(runtime.worker_count()); }));
  callbacks.push_back(metrics.gauge_callback("skerry_runtime_tasks", "Live tasks", {},
                                             [&runtime] { return static_cast<double>(runtime.live_fibers()); }));
  callbacks.push_back(metrics.counter_callback("skerry_runtime_tasks_started_total", "Tasks started", {},
                                               [&runtime] { return started_tasks(runtime); }));
  callbacks.push_back(
      metrics.gauge_callback("skerry_runtime_blocking_queued", "Blocking calls that wait for a thread", {},
                             [&runtime] { return static_cast<double>(runtime.blocking_pool().queued()); }));
  return callbacks;
}

}  // namespace skerry::telemetry
