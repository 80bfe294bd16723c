// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/saga_metrics.h"

#include <algorithm>

namespace skerry::saga::internal {

SagaMetrics::SagaMetrics(telemetry::Metrics& metrics)
    : open_(metrics.gauges("skerry_saga_open", "Sagas that have not ended", {"saga", "state"})),
      oldest_(metrics.gauges("skerry_saga_oldest_open_seconds", "Age of the oldest saga that has not ended", {"saga"})),
      unknown_(metrics.gauge("skerry_saga_unknown", "Open sagas of definitions that this process does not have")),
      ended_(metrics.counters("skerry_saga_ended_total", "Sagas that ended", {"saga", "state"})),
      steps_(metrics.counters("skerry_saga_steps_total", "Steps that ended", {"saga", "step", "outcome"})),
      compensations_(metrics.counters("skerry_saga_compensations_total", "Steps compensated", {"saga", "step"})),
      retries_(metrics.counters("skerry_saga_retries_total", "Attempts that are made again", {"saga", "step"})),
      ignored_(metrics.counters("skerry_saga_replies_ignored_total", "Replies without use", {"reason"})) {}

void SagaMetrics::count_changes(const std::string& saga, const Progress& before, const Progress& after) {
  for (std::size_t i = 0; i < after.steps.size(); ++i) {
    const StepProgress& step = after.steps[i];
    if (step.state == before.steps[i].state) continue;
    switch (step.state) {
      case StepState::kDone:
      case StepState::kRefused:
      case StepState::kFailed:
        steps_.with({saga, step.name, step_state_name(step.state)}).increment();
        break;
      case StepState::kCompensated:
        compensations_.with({saga, step.name}).increment();
        break;
      case StepState::kRetrying:
      case StepState::kCompensationRetrying:
        retries_.with({saga, step.name}).increment();
        break;
      default:
        break;
    }
  }
  if (after.told && after.told != before.told) ended_.with({saga, state_name(*after.told)}).increment();
}

void SagaMetrics::show_open(const std::vector<const Plan*>& plans, const std::vector<OpenCount>& open,
                            std::int64_t now_ms) {
  struct Shown {
    std::map<std::string, std::int64_t> by_state{{"running", 0}, {"compensating", 0}, {"stuck", 0}};
    std::int64_t oldest_ms;
  };
  std::map<std::string, Shown> shown;
  for (const Plan* plan : plans) shown[plan->name].oldest_ms = now_ms;
  std::int64_t unknown = 0;
  for (const OpenCount& count : open) {
    const bool known = std::ranges::any_of(
        plans, [&](const Plan* plan) { return plan->name == count.definition && plan->version == count.version; });
    if (!known) unknown += count.count;
    const auto saga = shown.find(count.definition);
    if (saga == shown.end()) continue;
    saga->second.by_state[count.state] += count.count;
    saga->second.oldest_ms = std::min(saga->second.oldest_ms, count.oldest_ms);
  }
  for (const auto& [saga, of_saga] : shown) {
    for (const auto& [state, count] : of_saga.by_state) open_.with({saga, state}).set(static_cast<double>(count));
    oldest_.with({saga}).set(static_cast<double>(now_ms - of_saga.oldest_ms) / 1000);
  }
  unknown_.set(static_cast<double>(unknown));
}

}  // namespace skerry::saga::internal
