// SPDX-License-Identifier: Apache-2.0
//
// The saga's state machine: events in, effects out. No clock, no database, no task; all that it knows is in Progress,
// so whoever stores the progress with the effects' messages in one transaction may be killed at any moment.
//
//   const Applied applied = apply(plan, progress, {EventKind::kDone, step}, {.now = now, .may_call = true});
//   for (const Effect& effect : applied.effects) ...
//
// Rules:
//  1. Stages go forwards one after the other while the saga is not cancelled. A refused step, a step that used up its
//     attempts (unless it is to stick) and kCancel turn it round, for ever.
//  2. Going backwards, a stage waits for its attempts under way, then compensates all its steps side by side; then the
//     stage before. Compensated is every step that may have taken effect: done, or ended without an answer.
//  3. A success that comes after its step was compensated, and was not seen before, is compensated by another round.
//  4. Attempts are handed out as effects in the transaction that begins them (commands), or in the next one whose owner
//     may call (calls). A claim hands the calls out again that the former owner may have begun.
//  5. An event that fits no step that waits for it changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/saga/plan.h"
#include "skerry/saga/progress.h"

namespace skerry::saga {

enum class EventKind : std::uint8_t {
  kStart,    ///< Once, before all others.
  kDone,     ///< The step's run (round 0) or its compensation (its round) succeeded.
  kRefused,  ///< ... was refused.
  kFailed,   ///< ... failed, or ended without an answer.
  kTimer,    ///< Time has passed: see next_due.
  kClaim,    ///< Another owner has taken the saga over: no call is under way.
  kCancel,
  kRetry,  ///< By an operator: what waits or is stuck begins again.
};

struct SagaEvent {
  EventKind kind;
  std::size_t step = 0;
  int round = 0;
  /// Of kRefused, kFailed and kCancel.
  std::string reason = {};
};

struct Effect {
  enum class Kind : std::uint8_t {
    kRun,         ///< Begin an attempt of the step.
    kCompensate,  ///< Begin an attempt of the step's compensation `round`.
    kEnded,       ///< Tell that the saga has ended in `Progress::state`.
  };
  Kind kind;
  std::size_t step = 0;
  int round = 0;

  friend bool operator==(const Effect&, const Effect&) = default;
};

struct Conditions {
  Time now;
  /// The transaction's owner holds the lease and will run the calls that are effects.
  bool may_call = false;
  /// Varies the delays of retries; the same for all events of one saga.
  std::uint64_t jitter_seed = 0;
};

struct Applied {
  /// False: the event meant nothing here (rule 5).
  bool changed = false;
  std::vector<Effect> effects = {};
};

/// The progress of a saga before kStart.
Progress new_progress(const Plan& plan);

/// True if the progress has the plan's steps; another has to be left alone.
bool fits(const Plan& plan, const Progress& progress);

/// Applies one event. Precondition: fits(plan, progress).
Applied apply(const Plan& plan, Progress& progress, const SagaEvent& event, const Conditions& conditions);

/// When the saga has to be looked at next: the earliest due time, or at once (the epoch) when there are calls to hand
/// out; nullopt when only replies and ends of calls are waited for.
std::optional<Time> next_due(const Progress& progress);

/// Calls that were handed out and have not ended.
bool has_calls_under_way(const Plan& plan, const Progress& progress);

}  // namespace skerry::saga
