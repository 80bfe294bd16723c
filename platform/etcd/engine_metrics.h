// SPDX-License-Identifier: Apache-2.0
//
// EngineMetrics: an engine's counts under the names that etcd's dashboards and alerts look for.
#pragma once

#include <vector>

#include "platform/etcd/engine.h"
#include "skerry/telemetry/metrics.h"

namespace skerry::platform::etcd {

class EngineMetrics {
 public:
  /// Registers the metrics. Both outlive this object, whose end takes the metrics out again.
  EngineMetrics(Engine& engine, telemetry::Metrics& metrics);

 private:
  std::vector<telemetry::MetricCallback> callbacks_;
};

}  // namespace skerry::platform::etcd
