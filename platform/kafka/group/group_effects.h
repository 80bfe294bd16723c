// SPDX-License-Identifier: Apache-2.0
//
// GroupEffects: what a step of a group does to the outside: answers to calls of JoinGroup and SyncGroup. Each call is
// known by a token that its caller chose; it is answered in the same step or waits and is answered in a later one,
// once.
//
//   GroupEffects effects;
//   group.join(call, token, fresh_id, now, effects);
//   for (auto& [answered, answer] : effects.joins) send(answered, std::move(answer));
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "platform/kafka/group/group_calls.h"

namespace skerry::platform::kafka {

/// Any monotonic clock's time; one clock for all calls.
using GroupTime = std::chrono::steady_clock::time_point;
inline constexpr GroupTime kNever = GroupTime::max();

/// Names a call of JoinGroup or SyncGroup until it is answered. Unique among those that wait.
using CallToken = std::uint64_t;
inline constexpr CallToken kNoCall = 0;

struct GroupEffects {
  std::vector<std::pair<CallToken, JoinAnswer>> joins;
  std::vector<std::pair<CallToken, SyncAnswer>> syncs;
};

}  // namespace skerry::platform::kafka
