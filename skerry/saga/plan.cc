// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/plan.h"

#include <algorithm>

#include "skerry/saga/key.h"

namespace skerry::saga {
namespace {

Result<> validate_step(const StepPlan& step) {
  using std::chrono::milliseconds;
  if (!valid_step_name(step.name)) {
    return fail(
        Error::invalid_argument("\"{}\" is no name for a step: use lower-case letters, digits, _ and -, and "
                                "not \"compensate\"",
                                step.name));
  }
  if (step.run == Mode::kNone) return fail(Error::invalid_argument("step \"{}\" has no run()", step.name));
  if (step.timeout <= milliseconds(0)) {
    return fail(Error::invalid_argument("step \"{}\": the timeout has to be above zero", step.name));
  }
  const Retry& retry = step.retry;
  if (retry.max_attempts < 1 || retry.max_attempts > kMaxAttempts) {
    return fail(Error::invalid_argument("step \"{}\": 1 to {} attempts", step.name, kMaxAttempts));
  }
  if (retry.first_delay <= milliseconds(0) || retry.max_delay < retry.first_delay) {
    return fail(
        Error::invalid_argument("step \"{}\": the delays of retries have to be above zero, the first one not "
                                "above the maximum",
                                step.name));
  }
  return {};
}

}  // namespace

Result<> Plan::validate() const {
  const auto refuse = [this](Error error) {
    return fail(std::move(error).annotate(fmt::format("saga \"{}\" version {}", name, version)));
  };
  if (!valid_id(name) || name.contains('/')) return refuse(Error::invalid_argument("the name is empty or malformed"));
  if (version < 1) return refuse(Error::invalid_argument("versions begin at 1"));
  if (steps.empty() || steps.size() > kMaxSteps) {
    return refuse(Error::invalid_argument("{} steps; 1 to {} are possible", steps.size(), kMaxSteps));
  }
  std::size_t stage = 0;
  for (auto step = steps.begin(); step != steps.end(); ++step) {
    if (Result<> valid = validate_step(*step); !valid) return refuse(std::move(valid).error());
    if (std::any_of(steps.begin(), step, [&](const StepPlan& other) { return other.name == step->name; })) {
      return refuse(Error::invalid_argument("two steps are called \"{}\"", step->name));
    }
    if (step->stage != stage && step->stage != stage + 1) {
      return refuse(Error::invalid_argument("the stages are not in order at step \"{}\"", step->name));
    }
    if (step == steps.begin() && step->stage != 0) return refuse(Error::invalid_argument("stages begin at 0"));
    stage = step->stage;
  }
  return {};
}

}  // namespace skerry::saga
