// SPDX-License-Identifier: Apache-2.0
//
// What the tests of saga/ share: plans, and a saga that is driven event by event.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "skerry/base/json.h"
#include "skerry/saga/saga_state_machine.h"

namespace skerry::saga {

inline Time at_ms(std::int64_t ms) { return Time(std::chrono::milliseconds(ms)); }

/// A step of the stage, as a command with a compensation; its timeout is 1000 ms, it has 3 attempts.
inline StepPlan command_step(std::string name, std::size_t stage) {
  return {.name = std::move(name),
          .stage = stage,
          .run = Mode::kCommand,
          .compensate = Mode::kCommand,
          .timeout = std::chrono::milliseconds(1000),
          .retry = {.max_attempts = 3,
                    .first_delay = std::chrono::milliseconds(100),
                    .max_delay = std::chrono::milliseconds(10'000)}};
}

inline StepPlan call_step(std::string name, std::size_t stage) {
  StepPlan step = command_step(std::move(name), stage);
  step.run = Mode::kCall;
  step.compensate = Mode::kCall;
  return step;
}

/// reserve, then charge, then points beside logistics.
inline Plan shop_plan(StepPlan (*make)(std::string, std::size_t) = command_step) {
  return {"order", 1, {make("reserve", 0), make("charge", 1), make("points", 2), make("logistics", 2)}};
}

/// A saga without a database: feeds events and writes effects as text, "run reserve", "compensate charge 1", "ended
/// completed".
class Driven {
 public:
  explicit Driven(Plan plan) : plan_(std::move(plan)), progress_(new_progress(plan_)) {}

  using Effects = std::vector<std::string>;

  Effects start() { return feed({EventKind::kStart}); }
  Effects done(const char* step, int round = 0) { return feed({EventKind::kDone, index(step), round}); }
  Effects refused(const char* step, int round = 0) { return feed({EventKind::kRefused, index(step), round, "no"}); }
  Effects failed(const char* step, int round = 0) { return feed({EventKind::kFailed, index(step), round, "broken"}); }
  Effects cancel() { return feed({EventKind::kCancel, 0, 0, "changed my mind"}); }
  Effects retry() { return feed({EventKind::kRetry}); }
  Effects claim() { return feed({EventKind::kClaim}); }
  /// Moves the time to the next due one.
  Effects next_timer() {
    const auto due = next_due(progress_);
    EXPECT_TRUE(due) << "nothing is due";
    if (due) now_ = std::max(now_, *due);
    return feed({EventKind::kTimer});
  }
  Effects timer_at(std::int64_t ms) {
    now_ = at_ms(ms);
    return feed({EventKind::kTimer});
  }

  Effects feed(const SagaEvent& event) {
    const Progress before = progress_;
    const Applied applied = apply(plan_, progress_, event, {.now = now_, .may_call = may_call});
    EXPECT_EQ(applied.changed, progress_ != before || !applied.effects.empty());
    Effects texts;
    for (const Effect& effect : applied.effects) texts.push_back(text(effect));
    return texts;
  }

  const StepProgress& step(const char* name) const { return progress_.steps[index(name)]; }
  const Progress& progress() const { return progress_; }
  const Plan& plan() const { return plan_; }
  Time now() const { return now_; }

  bool may_call = true;

 private:
  std::size_t index(std::string_view name) const {
    for (std::size_t i = 0; i < plan_.steps.size(); ++i) {
      if (plan_.steps[i].name == name) return i;
    }
    ADD_FAILURE() << "no step " << name;
    return 0;
  }
  std::string text(const Effect& effect) const {
    if (effect.kind == Effect::Kind::kEnded) return "ended " + std::string(state_name(progress_.state));
    const std::string& name = plan_.steps[effect.step].name;
    if (effect.kind == Effect::Kind::kRun) return "run " + name;
    return fmt::format("compensate {} {}", name, effect.round);
  }

  Plan plan_;
  Progress progress_;
  Time now_ = at_ms(1'000'000);
};

using Effects = Driven::Effects;

}  // namespace skerry::saga
