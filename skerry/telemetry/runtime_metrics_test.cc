// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/runtime_metrics.h"

#include <gtest/gtest.h>

#include "skerry/async/go.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sync.h"

namespace skerry::telemetry {
namespace {

// The value of a metric without labels; -1 where there is none.
double value_of(const Metrics& metrics, std::string_view name) {
  for (const MetricSnapshot& snapshot : metrics.snapshot()) {
    if (snapshot.name == name && !snapshot.samples.empty()) return snapshot.samples.front().value;
  }
  return -1;
}

TEST(RuntimeMetrics, count_workers_and_tasks) {
  Metrics metrics;
  Runtime runtime({.workers = 3});
  const auto result = runtime.run([&]() -> Task<> {
    const std::vector<MetricCallback> callbacks = add_runtime_metrics(metrics, Runtime::current());
    EXPECT_EQ(value_of(metrics, "skerry_runtime_workers"), 3);
    const double alone = value_of(metrics, "skerry_runtime_tasks");
    const double started = value_of(metrics, "skerry_runtime_tasks_started_total");
    EXPECT_GE(alone, 1);
    co_await with_scope([&](Scope& scope) -> Task<> {
      Event end;
      for (int i = 0; i < 5; ++i) scope.go([&end]() -> Task<> { co_await end.wait(); });
      EXPECT_EQ(value_of(metrics, "skerry_runtime_tasks"), alone + 5);
      end.set();
      co_return;
    });
    EXPECT_EQ(value_of(metrics, "skerry_runtime_tasks"), alone);
    EXPECT_EQ(value_of(metrics, "skerry_runtime_tasks_started_total"), started + 5);
    EXPECT_EQ(value_of(metrics, "skerry_runtime_blocking_queued"), 0);
  });
  EXPECT_TRUE(result.has_value());
  EXPECT_EQ(value_of(metrics, "skerry_runtime_workers"), -1) << "asks no runtime that may be gone";
}

}  // namespace
}  // namespace skerry::telemetry
