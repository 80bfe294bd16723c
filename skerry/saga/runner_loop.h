// SPDX-License-Identifier: Apache-2.0
//
// RunnerLoop: what runs in Runner::run(): takes turns for sagas that are due, makes their calls, renews the leases and
// keeps the metrics. Everything is on one worker, so its members need no lock. Internal to saga/.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/saga/runner_state.h"
#include "skerry/saga/turn.h"

namespace skerry::saga::internal {

class RunnerLoop {
 public:
  explicit RunnerLoop(RunnerState& state) : state_(state) {}
  RunnerLoop(const RunnerLoop&) = delete;
  RunnerLoop& operator=(const RunnerLoop&) = delete;

  /// Until it is cancelled.
  Task<> run();

 private:
  struct Deferral {
    int failures = 0;
    std::int64_t until_ms = 0;
  };

  // The loop's children.
  Task<> look_for_due();
  Task<> renew();
  Task<> keep_house();

  /// Begins the turns that are due; gives when the next ones will be.
  Task<std::int64_t> begin_turns();
  Task<std::int64_t> begin_turns_of(const Plan* plan, std::int64_t now_ms);
  Task<> take_turn(std::string id);
  Task<std::vector<PendingCall>> turn_transaction(std::string id);
  void defer(const std::string& id, const Error& error);

  void begin(std::vector<PendingCall> calls);
  Task<> make_call(PendingCall call);
  Task<Change> attempt(PendingCall call);
  Task<> conclude(PendingCall call, SagaEvent event, Change change);
  Task<std::vector<PendingCall>> conclude_transaction(PendingCall call, SagaEvent event, Change change);
  Task<> refresh_metrics();

  RunnerState& state_;
  Scope* scope_ = nullptr;
  std::unordered_set<std::string> in_turn_;
  /// The last look left sagas that were due, for want of room or because they had a turn: their end looks again.
  bool passed_over_ = false;
  /// Calls under way by saga.
  std::unordered_map<std::string, std::size_t> calling_;
  /// Sagas whose turn failed, such as one whose command cannot be published.
  std::unordered_map<std::string, Deferral> deferred_;
  std::map<std::pair<std::string, int>, std::int64_t> reported_unknown_;
};

}  // namespace skerry::saga::internal
