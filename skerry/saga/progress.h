// SPDX-License-Identifier: Apache-2.0
//
// Progress: how far a saga is. A value, kept as JSON in the saga's row and changed by the state machine alone
// (skerry/saga/saga_state_machine.h).
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skerry::saga {

/// Milliseconds since 1970: due times outlive the process, so they are wall time.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

enum class State : std::uint8_t {
  kRunning,
  kCompensating,
  kStuck,      ///< A step or a compensation needs an operator.
  kCompleted,  ///< Every step is done.
  kCancelled,  ///< Everything that may have taken effect is compensated.
};
BOOST_DESCRIBE_ENUM(State, kRunning, kCompensating, kStuck, kCompleted, kCancelled)

/// "running", "compensating", "stuck", "completed", "cancelled".
std::string_view state_name(State state);
std::optional<State> parse_state(std::string_view name);
inline bool has_ended(State state) { return state == State::kCompleted || state == State::kCancelled; }

enum class StepState : std::uint8_t {
  kIdle,                  ///< Not begun.
  kRunning,               ///< An attempt is under way.
  kRetrying,              ///< The next attempt is due at due_ms.
  kDone,                  ///< Took effect.
  kRefused,               ///< The business said no.
  kFailed,                ///< Given up; nobody knows whether it took effect.
  kCompensating,          ///< An attempt to undo it is under way.
  kCompensationRetrying,  ///< The next attempt to undo it is due at due_ms.
  kCompensationFailed,    ///< Its compensation was refused: for an operator.
  kCompensated,
};
BOOST_DESCRIBE_ENUM(StepState, kIdle, kRunning, kRetrying, kDone, kRefused, kFailed, kCompensating,
                    kCompensationRetrying, kCompensationFailed, kCompensated)
std::string_view step_state_name(StepState state);

struct StepProgress {
  std::string name;
  StepState state = StepState::kIdle;
  /// Of the run, or of the present compensation.
  int attempts = 0;
  /// Compensations begun.
  int round = 0;
  /// The attempt under way was handed out: the call was started, the command published.
  bool dispatched = false;
  /// An attempt ended without an answer, so the step may have taken effect although no success was seen.
  bool uncertain = false;
  /// A success was seen.
  bool done_seen = false;
  /// When the attempt under way is given up (commands alone), or when the next one begins.
  std::optional<std::int64_t> due_ms;
  /// Why the last attempt did not succeed.
  std::string error;
  /// When the state last changed.
  std::int64_t changed_ms = 0;

  friend bool operator==(const StepProgress&, const StepProgress&) = default;
};
BOOST_DESCRIBE_STRUCT(StepProgress, (),
                      (name, state, attempts, round, dispatched, uncertain, done_seen, due_ms, error, changed_ms))

struct Progress {
  State state = State::kRunning;
  /// The saga goes backwards: what was done is compensated.
  bool cancelling = false;
  /// Why it is cancelled.
  std::string reason;
  /// The end that was told last.
  std::optional<State> told;
  std::vector<StepProgress> steps;

  friend bool operator==(const Progress&, const Progress&) = default;
};
BOOST_DESCRIBE_STRUCT(Progress, (), (state, cancelling, reason, told, steps))

}  // namespace skerry::saga
