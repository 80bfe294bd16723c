// SPDX-License-Identifier: Apache-2.0
//
// What /metrics says about sagas:
//
//   skerry_saga_open{saga,state}                     sagas that have not ended, by state: running, compensating, stuck
//   skerry_saga_oldest_open_seconds{saga}            the age of the oldest of them
//   skerry_saga_unknown                              of definitions or versions that this process does not have
//   skerry_saga_ended_total{saga,state}              completed and cancelled
//   skerry_saga_steps_total{saga,step,outcome}       done, refused, failed (given up)
//   skerry_saga_compensations_total{saga,step}       done
//   skerry_saga_retries_total{saga,step}             attempts, of steps and compensations, that are made again
//   skerry_saga_replies_ignored_total{reason}        duplicate or late, unknown
//
// The first three are of all instances that share the database. Internal to saga/.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "skerry/saga/plan.h"
#include "skerry/saga/progress.h"
#include "skerry/saga/saga_table.h"
#include "skerry/telemetry/metrics.h"

namespace skerry::saga::internal {

class SagaMetrics {
 public:
  explicit SagaMetrics(telemetry::Metrics& metrics);

  /// Counts what a transaction changed.
  void count_changes(const std::string& saga, const Progress& before, const Progress& after);
  void count_ignored_reply(const char* reason) { ignored_.with({reason}).increment(); }

  /// Shows the open sagas; those of plans that are not in `open` have none.
  void show_open(const std::vector<const Plan*>& plans, const std::vector<OpenCount>& open, std::int64_t now_ms);

 private:
  telemetry::GaugeFamily open_;
  telemetry::GaugeFamily oldest_;
  telemetry::Gauge unknown_;
  telemetry::CounterFamily ended_;
  telemetry::CounterFamily steps_;
  telemetry::CounterFamily compensations_;
  telemetry::CounterFamily retries_;
  telemetry::CounterFamily ignored_;
};

}  // namespace skerry::saga::internal
