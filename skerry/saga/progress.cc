// SPDX-License-Identifier: Apache-2.0
#include "skerry/saga/progress.h"

#include <algorithm>
#include <array>
#include <utility>

namespace skerry::saga {
namespace {

constexpr std::array<std::string_view, 5> kStateNames{"running", "compensating", "stuck", "completed", "cancelled"};
constexpr std::array<std::string_view, 10> kStepStateNames{"idle",
                                                           "running",
                                                           "retrying",
                                                           "done",
                                                           "refused",
                                                           "failed",
                                                           "compensating",
                                                           "compensation_retrying",
                                                           "compensation_failed",
                                                           "compensated"};

}  // namespace

std::string_view state_name(State state) { return kStateNames.at(static_cast<std::size_t>(state)); }

std::optional<State> parse_state(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<State>(found - kStateNames.begin());
}

std::string_view step_state_name(StepState state) { return kStepStateNames.at(static_cast<std::size_t>(state)); }

}  // namespace skerry::saga
