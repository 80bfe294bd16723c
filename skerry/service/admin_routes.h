// SPDX-License-Identifier: Apache-2.0
//
// What every process answers about itself: /metrics (Prometheus text), /health (the process lives), /ready (it takes
// requests: 200, else 503 with the conditions that do not hold), and /debug/tasks (what runs and what it waits for).
#pragma once

#include "skerry/http/routes.h"
#include "skerry/service/readiness.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry {

/// The most tasks that /debug/tasks lists; it says when there are more.
inline constexpr std::size_t kMaxListedTasks = 10'000;

/// Adds /metrics, /health and /ready. What a path has a route for already stays. `telemetry` and `readiness` must
/// outlive the routes.
void add_health_routes(http::Routes& routes, telemetry::Telemetry& telemetry, const Readiness& readiness);

/// Adds /debug/tasks. For the admin port alone: it shows the inside of the process.
void add_debug_routes(http::Routes& routes);

}  // namespace skerry
