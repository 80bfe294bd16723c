// SPDX-License-Identifier: Apache-2.0
//
// RunnerState: what the parts of a Runner share: the definitions, the clock, the metrics and the wake-up of its loop.
// Internal to saga/.
#pragma once

#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/sync.h"
#include "skerry/saga/action.h"
#include "skerry/saga/runner.h"
#include "skerry/saga/saga_metrics.h"
#include "skerry/sql/database.h"

namespace skerry::saga::internal {

/// When nothing is due.
inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

class RunnerState {
 public:
  RunnerState(sql::Database& database, RunnerOptions options);
  RunnerState(const RunnerState&) = delete;
  RunnerState& operator=(const RunnerState&) = delete;

  sql::Database& database() { return database_; }
  const RunnerOptions& options() const { return options_; }
  /// What this runner's leases are in the name of: another one after a restart.
  const std::string& owner() const { return owner_; }
  Time now() const;
  std::int64_t now_ms() const { return now().time_since_epoch().count(); }
  SagaMetrics& metrics();

  Result<> add(AnyDefinition definition);
  const AnyDefinition* find(const std::string& name, int version) const;
  /// Of the highest version.
  const AnyDefinition* find_latest(const std::string& name) const;
  std::vector<const Plan*> plans() const;

  /// Any worker: something was committed that is due then.
  void wake_for(std::optional<std::int64_t> due_ms) {
    if (due_ms && *due_ms < planned_ms_.load()) wake_.set();
  }
  void wake() { wake_.set(); }
  // For the loop: what is committed from begin_look() on wakes it, unless it is due after what plan() says.
  void begin_look() {
    planned_ms_.store(kNever);
    wake_.reset();
  }
  void plan(std::int64_t next_ms) { planned_ms_.store(next_ms); }
  skerry::Event::EventWait woken() { return wake_.wait(); }

 private:
  sql::Database& database_;
  const RunnerOptions options_;
  const std::string owner_;
  std::map<std::pair<std::string, int>, AnyDefinition> definitions_;
  std::once_flag metrics_once_;
  std::optional<SagaMetrics> metrics_;
  skerry::Event wake_;
  std::atomic<std::int64_t> planned_ms_{kNever};
};

}  // namespace skerry::saga::internal
