// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/runner_state.h"

#include <unistd.h>

#include "skerry/base/ids.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::saga::internal {

RunnerState::RunnerState(sql::Database& database, RunnerOptions options)
    // With the process, since a forked one goes on with its parent's random numbers.
    : database_(database), options_(std::move(options)), owner_(fmt::format("{}-{}", ::getpid(), random_id())) {}

Time RunnerState::now() const {
  if (options_.now) return options_.now();
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SagaMetrics& RunnerState::metrics() {
  std::call_once(metrics_once_, [this] { metrics_.emplace(telemetry::current().metrics()); });
  return *metrics_;
}

Result<> RunnerState::add(AnyDefinition definition) {
  if (Result<> valid = definition.plan.validate(); !valid) return valid;
  std::pair<std::string, int> key(definition.plan.name, definition.plan.version);
  const auto [place, added] = definitions_.try_emplace(std::move(key), std::move(definition));
  if (added) return {};
  return fail(
      Error::already_exists("there is a saga \"{}\" of version {} already", place->first.first, place->first.second));
}

const AnyDefinition* RunnerState::find(const std::string& name, int version) const {
  const auto found = definitions_.find({name, version});
  return found == definitions_.end() ? nullptr : &found->second;
}

const AnyDefinition* RunnerState::find_latest(const std::string& name) const {
  const auto after = definitions_.upper_bound({name, std::numeric_limits<int>::max()});
  if (after == definitions_.begin()) return nullptr;
  const auto last = std::prev(after);
  return last->first.first == name ? &last->second : nullptr;
}

std::vector<const Plan*> RunnerState::plans() const {
  std::vector<const Plan*> plans;
  for (const auto& [key, definition] : definitions_) plans.push_back(&definition.plan);
  return plans;
}

}  // namespace skerry::saga::internal
