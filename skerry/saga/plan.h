// SPDX-License-Identifier: Apache-2.0
//
// Plan: a saga's definition without its code: what the state machine (skerry/saga/saga_state_machine.h) decides by.
// Services write a Definition (skerry/saga/definition.h), which has a plan.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "skerry/base/result.h"

namespace skerry::saga {

inline constexpr std::size_t kMaxSteps = 64;
inline constexpr int kMaxAttempts = 1'000'000;

/// How a step or its compensation is done.
enum class Mode : std::uint8_t {
  kNone,     ///< There is nothing to do: a step that needs no compensation.
  kCall,     ///< A task of this process; its end is the outcome.
  kCommand,  ///< A message published in the transaction; a reply is the outcome.
};

/// When a failed attempt is followed by another: after first_delay, each further delay twice the one before, at most
/// max_delay, each up to a fifth longer or shorter so that sagas do not come back all at once.
struct Retry {
  /// Of a step's run. Compensations are tried until they succeed.
  int max_attempts = 5;
  std::chrono::milliseconds first_delay{200};
  std::chrono::milliseconds max_delay{30'000};
};

/// What happens when the last attempt of a step has failed.
enum class WhenExhausted : std::uint8_t {
  kCompensate,  ///< What was done is compensated, this step too: nobody knows whether it took effect.
  kStick,       ///< The saga waits for an operator, who lets it retry or compensate.
};

struct StepPlan {
  std::string name;
  /// Steps of one stage run side by side; stages run one after the other, and are compensated in the reverse order.
  std::size_t stage = 0;
  Mode run = Mode::kNone;
  Mode compensate = Mode::kNone;
  /// Of each attempt.
  std::chrono::milliseconds timeout{10'000};
  Retry retry;
  WhenExhausted when_exhausted = WhenExhausted::kCompensate;
};

struct Plan {
  std::string name;
  int version = 1;
  /// In the order of their stages, which are counted from 0 without gaps.
  std::vector<StepPlan> steps;

  /// Errors: INVALID_ARGUMENT, naming what is wrong.
  Result<> validate() const;
};

}  // namespace skerry::saga
