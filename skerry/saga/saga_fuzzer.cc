// SPDX-License-Identifier: Apache-2.0
//
// Whatever definition and whatever events: the state machine keeps its rules. The first bytes are the plan, each two
// further ones an event. The bytes as text are read as a key, too.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/base/json.h"
#include "skerry/saga/key.h"
#include "skerry/saga/saga_state_machine.h"

namespace skerry::saga_fuzzer {

using namespace saga;

/// Up to eight steps of one byte each.
Plan read_plan(std::span<const std::uint8_t>& bytes) {
  Plan plan{"fuzz", 1, {}};
  const std::size_t count = std::min<std::size_t>(bytes.empty() ? 0 : bytes[0] % 8 + 1, bytes.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint8_t byte = bytes[i];
    StepPlan step{.name = fmt::format("s{}", i)};
    step.stage = i == 0 ? 0 : plan.steps.back().stage + (byte & 1);
    step.run = (byte & 2) != 0 ? Mode::kCall : Mode::kCommand;
    step.compensate = static_cast<Mode>((byte >> 2) % 3);
    step.retry.max_attempts = 1 + (byte >> 5) % 3;
    step.when_exhausted = (byte & 16) != 0 ? WhenExhausted::kStick : WhenExhausted::kCompensate;
    plan.steps.push_back(std::move(step));
  }
  bytes = bytes.subspan(count);
  return plan;
}

void check_step(const Plan& plan, const Progress& progress, std::size_t i) {
  const StepProgress& step = progress.steps[i];
  const bool backwards = step.state >= StepState::kCompensating;
  SKERRY_CHECK(!backwards || progress.cancelling, "only what is cancelled is compensated");
  SKERRY_CHECK(backwards == (step.round > 0) || step.round == 0, "rounds count compensations");
  SKERRY_CHECK(!backwards || plan.steps[i].compensate != Mode::kNone, "only what can be compensated is");
  const bool waits = step.state == StepState::kRetrying || step.state == StepState::kCompensationRetrying;
  SKERRY_CHECK(!waits || step.due_ms.has_value(), "what waits has a due time");
  const bool rests = step.state != StepState::kRunning && step.state != StepState::kCompensating && !waits;
  SKERRY_CHECK(!rests || !step.due_ms, "what rests has none");
  if (progress.state == State::kCompleted) SKERRY_CHECK(step.state == StepState::kDone, "completed is all done");
  if (progress.state != State::kCancelled) return;
  SKERRY_CHECK(rests && step.state != StepState::kCompensationFailed, "a cancelled saga waits for nothing");
  const bool effective = step.state == StepState::kDone || (step.state == StepState::kFailed && step.uncertain);
  SKERRY_CHECK(!effective || plan.steps[i].compensate == Mode::kNone, "nothing stays in effect");
}

void check_progress(const Plan& plan, const Progress& progress) {
  SKERRY_CHECK(fits(plan, progress), "the steps stay");
  for (std::size_t i = 0; i < progress.steps.size(); ++i) check_step(plan, progress, i);
  if (has_ended(progress.state)) {
    SKERRY_CHECK(progress.told == progress.state, "every end is told");
    SKERRY_CHECK(!next_due(progress), "nothing is due after the end");
  }
  const auto read = parse_json<Progress>(to_json(progress));
  SKERRY_CHECK(read.has_value() && *read == progress, "what is written is read again");
}

void run(std::span<const std::uint8_t> bytes) {
  const Plan plan = read_plan(bytes);
  if (plan.steps.empty()) return;
  SKERRY_CHECK(plan.validate().has_value(), "the plan makes sense");
  Progress progress = new_progress(plan);
  Conditions conditions{.now = Time(std::chrono::milliseconds(1'000'000)), .may_call = true};
  apply(plan, progress, {EventKind::kStart}, conditions);
  check_progress(plan, progress);
  for (; bytes.size() >= 2; bytes = bytes.subspan(2)) {
    SagaEvent event{.kind = static_cast<EventKind>(1 + bytes[0] % 7), .step = bytes[1] % plan.steps.size()};
    event.round = (bytes[0] & 8) != 0 ? progress.steps[event.step].round : (bytes[0] >> 4) % 4;
    event.reason = "r";
    conditions.may_call = (bytes[1] & 128) != 0;
    if (event.kind == EventKind::kTimer) conditions.now += std::chrono::milliseconds(bytes[1] * 50);
    const Progress before = progress;
    const Applied applied = apply(plan, progress, event, conditions);
    SKERRY_CHECK(applied.changed || progress == before, "an event without meaning changes nothing");
    SKERRY_CHECK(progress.cancelling || !before.cancelling, "nothing turns a saga round twice");
    for (const Effect& effect : applied.effects) {
      const bool again = event.kind == EventKind::kClaim || !before.steps[effect.step].dispatched;
      SKERRY_CHECK(effect.kind != Effect::Kind::kRun || !before.cancelling || again, "no step begins after the turn");
    }
    check_progress(plan, progress);
  }
}

}  // namespace skerry::saga_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto key = saga::Key::parse(text);
  if (key) SKERRY_CHECK(key->text() == text, "a key is written as it was read");
  saga_fuzzer::run({data, size});
  return 0;
}
