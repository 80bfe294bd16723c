// SPDX-License-Identifier: Apache-2.0
//
// The runtime's own metrics: workers, live and started tasks, calls that wait for a thread of the blocking pool. Those
// of the process (processor time, memory, descriptors) need no call: Metrics has them by itself.
//
//   const std::vector<MetricCallback> runtime_metrics = add_runtime_metrics(telemetry.metrics(), Runtime::current());
#pragma once

#include <vector>

#include "skerry/telemetry/metrics.h"

namespace skerry {
class Runtime;
}

namespace skerry::telemetry {

/// Registers skerry_runtime_workers, skerry_runtime_tasks, skerry_runtime_tasks_started_total and
/// skerry_runtime_blocking_queued. The callbacks must go before the runtime and the metrics do. Once per Metrics.
[[nodiscard]] std::vector<MetricCallback> add_runtime_metrics(Metrics& metrics, Runtime& runtime);

}  // namespace skerry::telemetry
