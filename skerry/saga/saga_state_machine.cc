// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/saga_state_machine.h"

#include <algorithm>

#include "skerry/base/check.h"
#include "skerry/saga/key.h"

namespace skerry::saga {
namespace {

std::int64_t to_ms(Time time) { return time.time_since_epoch().count(); }

// splitmix64: neighbouring inputs give unrelated outputs.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

/// The delay after `attempts` attempts, a fifth more or less.
std::int64_t delay_ms(const Retry& retry, int attempts, std::uint64_t seed) {
  std::int64_t delay = retry.first_delay.count();
  const std::int64_t longest = retry.max_delay.count();
  for (int i = 1; i < attempts && delay < longest; ++i) delay = delay > longest / 2 ? longest : delay * 2;
  const auto spread = static_cast<std::uint64_t>(delay) * 2 / 5 + 1;
  return delay - delay / 5 + static_cast<std::int64_t>(mixed(seed + static_cast<std::uint64_t>(attempts)) % spread);
}

bool is_active(StepState state) { return state == StepState::kRunning || state == StepState::kCompensating; }

class Machine {
 public:
  Machine(const Plan& plan, Progress& progress, const Conditions& conditions)
      : plan_(plan), progress_(progress), conditions_(conditions) {}

  Applied apply(const SagaEvent& event) {
    const bool changed = handle(event);
    if (changed) advance();
    hand_out();
    return {.changed = changed || !effects_.empty(), .effects = std::move(effects_)};
  }

 private:
  bool handle(const SagaEvent& event);
  // Replies and ends of calls.
  bool done(std::size_t step);
  bool refused(std::size_t step, const std::string& reason);
  bool failed(std::size_t step, const std::string& reason);
  bool compensated(std::size_t step, int round);
  bool compensation_refused(std::size_t step, int round, const std::string& reason);
  bool compensation_failed(std::size_t step, int round, const std::string& reason);
  // What happens to the saga as a whole.
  bool fire_timers();
  bool lose_calls();
  bool turn_round(const std::string& reason);
  bool retry();
  // What follows.
  void advance();
  void advance_forwards();
  void advance_backwards();
  void begin_attempt(std::size_t step);
  void begin_compensation(std::size_t step);
  void hand_out();
  void end(State state);

  StepProgress& at(std::size_t step) { return progress_.steps[step]; }
  Mode mode(std::size_t step) const {
    const bool forwards = progress_.steps[step].state == StepState::kRunning;
    return forwards ? plan_.steps[step].run : plan_.steps[step].compensate;
  }
  void set(std::size_t step, StepState state, std::optional<std::int64_t> due_ms = std::nullopt) {
    at(step).state = state;
    at(step).due_ms = due_ms;
    at(step).changed_ms = to_ms(conditions_.now);
  }
  std::int64_t next_attempt_ms(std::size_t step) const {
    const std::uint64_t seed = conditions_.jitter_seed + (static_cast<std::uint64_t>(step) << 32);
    return to_ms(conditions_.now) + delay_ms(plan_.steps[step].retry, progress_.steps[step].attempts, seed);
  }
  /// A command is given up at its timeout; a call ends by itself.
  std::optional<std::int64_t> give_up_ms(std::size_t step) const {
    if (mode(step) != Mode::kCommand) return std::nullopt;
    return to_ms(conditions_.now) + plan_.steps[step].timeout.count();
  }
  bool may_have_taken_effect(std::size_t step) {
    const StepProgress& s = at(step);
    if (s.state == StepState::kDone) return true;
    return s.uncertain && (s.state == StepState::kFailed || s.state == StepState::kRefused);
  }

  const Plan& plan_;
  Progress& progress_;
  const Conditions& conditions_;
  std::vector<Effect> effects_;
};

bool Machine::handle(const SagaEvent& event) {
  SKERRY_CHECK(event.step < progress_.steps.size(), "an event names a step of the plan");
  const bool run = event.round == 0;
  switch (event.kind) {
    case EventKind::kStart:
      return true;
    case EventKind::kDone:
      return run ? done(event.step) : compensated(event.step, event.round);
    case EventKind::kRefused:
      return run ? refused(event.step, event.reason) : compensation_refused(event.step, event.round, event.reason);
    case EventKind::kFailed:
      return run ? failed(event.step, event.reason) : compensation_failed(event.step, event.round, event.reason);
    case EventKind::kTimer:
      return fire_timers();
    case EventKind::kClaim:
      return lose_calls();
    case EventKind::kCancel:
      return !progress_.cancelling && turn_round(event.reason);
    case EventKind::kRetry:
      return retry();
  }
  return false;
}

bool Machine::done(std::size_t step) {
  const bool seen_before = std::exchange(at(step).done_seen, at(step).state != StepState::kIdle);
  switch (at(step).state) {
    case StepState::kRunning:
    case StepState::kRetrying:
    case StepState::kRefused:
    case StepState::kFailed:
      at(step).error.clear();
      set(step, StepState::kDone);
      return true;
    case StepState::kIdle:
    case StepState::kDone:
      return false;
    case StepState::kCompensationFailed:
      return !seen_before;
    case StepState::kCompensating:
    case StepState::kCompensationRetrying:
    case StepState::kCompensated:
      // The compensation may have come before the effect and found nothing to undo.
      if (seen_before || at(step).round >= kMaxRounds) return false;
      begin_compensation(step);
      return true;
  }
  return false;
}

bool Machine::refused(std::size_t step, const std::string& reason) {
  const StepState state = at(step).state;
  const bool stuck = state == StepState::kFailed && !progress_.cancelling;
  if (state != StepState::kRunning && state != StepState::kRetrying && !stuck) return false;
  at(step).error = reason;
  set(step, StepState::kRefused);
  turn_round(reason);
  return true;
}

bool Machine::failed(std::size_t step, const std::string& reason) {
  if (at(step).state != StepState::kRunning) return false;
  at(step).uncertain = true;
  at(step).error = reason;
  const StepPlan& plan = plan_.steps[step];
  if (!progress_.cancelling && at(step).attempts < plan.retry.max_attempts) {
    set(step, StepState::kRetrying, next_attempt_ms(step));
    return true;
  }
  set(step, StepState::kFailed);
  if (plan.when_exhausted == WhenExhausted::kCompensate) turn_round(reason);
  return true;
}

bool Machine::compensated(std::size_t step, int round) {
  const StepState state = at(step).state;
  if (at(step).round != round) return false;
  if (state != StepState::kCompensating && state != StepState::kCompensationRetrying &&
      state != StepState::kCompensationFailed) {
    return false;
  }
  set(step, StepState::kCompensated);
  return true;
}

bool Machine::compensation_refused(std::size_t step, int round, const std::string& reason) {
  const StepState state = at(step).state;
  if (at(step).round != round) return false;
  if (state != StepState::kCompensating && state != StepState::kCompensationRetrying) return false;
  at(step).error = reason;
  set(step, StepState::kCompensationFailed);
  return true;
}

bool Machine::compensation_failed(std::size_t step, int round, const std::string& reason) {
  if (at(step).round != round || at(step).state != StepState::kCompensating) return false;
  at(step).error = reason;
  set(step, StepState::kCompensationRetrying, next_attempt_ms(step));
  return true;
}

bool Machine::fire_timers() {
  bool changed = false;
  for (std::size_t step = 0; step < progress_.steps.size(); ++step) {
    if (!at(step).due_ms || *at(step).due_ms > to_ms(conditions_.now)) continue;
    const std::string late = fmt::format("no answer within {} ms", plan_.steps[step].timeout.count());
    switch (at(step).state) {
      case StepState::kRunning:
        changed |= failed(step, late);
        break;
      case StepState::kCompensating:
        changed |= compensation_failed(step, at(step).round, late);
        break;
      case StepState::kRetrying:
      case StepState::kCompensationRetrying:
        begin_attempt(step);
        changed = true;
        break;
      default:
        break;
    }
  }
  return changed;
}

bool Machine::lose_calls() {
  bool changed = false;
  for (std::size_t step = 0; step < progress_.steps.size(); ++step) {
    StepProgress& s = at(step);
    if (!is_active(s.state) || !s.dispatched || mode(step) != Mode::kCall) continue;
    s.dispatched = false;
    s.uncertain = s.uncertain || s.state == StepState::kRunning;
    changed = true;
  }
  return changed;
}

bool Machine::turn_round(const std::string& reason) {
  if (progress_.cancelling) return false;
  progress_.cancelling = true;
  progress_.reason = reason;
  for (std::size_t step = 0; step < progress_.steps.size(); ++step) {
    const StepProgress& s = at(step);
    const bool to_be_called = s.state == StepState::kRunning && !s.dispatched;
    if (s.state == StepState::kRetrying || to_be_called) {
      set(step, s.uncertain ? StepState::kFailed : StepState::kIdle);
    }
  }
  return true;
}

bool Machine::retry() {
  bool changed = false;
  for (std::size_t step = 0; step < progress_.steps.size(); ++step) {
    const StepState state = at(step).state;
    const bool forwards = state == StepState::kRetrying || (state == StepState::kFailed && !progress_.cancelling);
    const bool backwards = state == StepState::kCompensationRetrying || state == StepState::kCompensationFailed;
    if (!forwards && !backwards) continue;
    at(step).attempts = 0;
    begin_attempt(step);
    changed = true;
  }
  return changed;
}

void Machine::advance() { progress_.cancelling ? advance_backwards() : advance_forwards(); }

void Machine::advance_forwards() {
  progress_.state = State::kRunning;
  std::optional<std::size_t> open_stage;
  for (std::size_t step = 0; step < plan_.steps.size(); ++step) {
    if (open_stage && plan_.steps[step].stage != *open_stage) return;
    if (at(step).state == StepState::kDone) continue;
    open_stage = plan_.steps[step].stage;
    if (at(step).state == StepState::kIdle) begin_attempt(step);
    if (at(step).state == StepState::kFailed) progress_.state = State::kStuck;
  }
  if (!open_stage) end(State::kCompleted);
}

void Machine::advance_backwards() {
  progress_.state = State::kCompensating;
  for (std::size_t end = plan_.steps.size(); end > 0;) {
    std::size_t begin = end;
    while (begin > 0 && plan_.steps[begin - 1].stage == plan_.steps[end - 1].stage) --begin;
    const auto in_stage = [&](auto matches) {
      return std::any_of(progress_.steps.begin() + static_cast<std::ptrdiff_t>(begin),
                         progress_.steps.begin() + static_cast<std::ptrdiff_t>(end), matches);
    };
    if (in_stage([](const StepProgress& s) { return s.state == StepState::kRunning; })) return;
    for (std::size_t step = begin; step < end; ++step) {
      if (may_have_taken_effect(step) && plan_.steps[step].compensate != Mode::kNone) begin_compensation(step);
    }
    if (in_stage([](const StepProgress& s) {
          return s.state == StepState::kCompensating || s.state == StepState::kCompensationRetrying;
        })) {
      return;
    }
    if (in_stage([](const StepProgress& s) { return s.state == StepState::kCompensationFailed; })) {
      progress_.state = State::kStuck;
      return;
    }
    end = begin;
  }
  this->end(State::kCancelled);
}

void Machine::begin_attempt(std::size_t step) {
  const StepState state = at(step).state;
  const bool backwards = state == StepState::kCompensationRetrying || state == StepState::kCompensationFailed;
  set(step, backwards ? StepState::kCompensating : StepState::kRunning);
  at(step).due_ms = give_up_ms(step);
  at(step).dispatched = false;
  ++at(step).attempts;
}

void Machine::begin_compensation(std::size_t step) {
  set(step, StepState::kCompensating);
  at(step).due_ms = give_up_ms(step);
  at(step).dispatched = false;
  at(step).attempts = 1;
  ++at(step).round;
}

void Machine::hand_out() {
  for (std::size_t step = 0; step < progress_.steps.size(); ++step) {
    StepProgress& s = at(step);
    if (!is_active(s.state) || s.dispatched) continue;
    if (mode(step) == Mode::kCall && !conditions_.may_call) continue;
    s.dispatched = true;
    const bool run = s.state == StepState::kRunning;
    effects_.push_back({run ? Effect::Kind::kRun : Effect::Kind::kCompensate, step, run ? 0 : s.round});
  }
}

void Machine::end(State state) {
  progress_.state = state;
  if (progress_.told == state) return;
  progress_.told = state;
  effects_.push_back({Effect::Kind::kEnded});
}

}  // namespace

Progress new_progress(const Plan& plan) {
  Progress progress;
  for (const StepPlan& step : plan.steps) progress.steps.emplace_back().name = step.name;
  return progress;
}

bool fits(const Plan& plan, const Progress& progress) {
  return std::ranges::equal(plan.steps, progress.steps, {}, &StepPlan::name, &StepProgress::name);
}

Applied apply(const Plan& plan, Progress& progress, const SagaEvent& event, const Conditions& conditions) {
  return Machine(plan, progress, conditions).apply(event);
}

std::optional<Time> next_due(const Progress& progress) {
  std::optional<Time> due;
  for (const StepProgress& step : progress.steps) {
    if (is_active(step.state) && !step.dispatched) return Time();
    if (!step.due_ms) continue;
    const Time at{std::chrono::milliseconds(*step.due_ms)};
    due = due ? std::min(*due, at) : at;
  }
  return due;
}

bool has_calls_under_way(const Plan& plan, const Progress& progress) {
  for (std::size_t i = 0; i < progress.steps.size(); ++i) {
    const StepProgress& step = progress.steps[i];
    if (!step.dispatched || !is_active(step.state)) continue;
    const Mode mode = step.state == StepState::kRunning ? plan.steps[i].run : plan.steps[i].compensate;
    if (mode == Mode::kCall) return true;
  }
  return false;
}

}  // namespace skerry::saga
