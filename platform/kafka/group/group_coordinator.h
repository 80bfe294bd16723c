// SPDX-License-Identifier: Apache-2.0
//
// GroupCoordinator: the consumer groups of a broker as tasks see them. It owns the one GroupTable and its mutex, which
// is held for the time of one step and never over a suspension; calls of JoinGroup and SyncGroup wait here until their
// group answers them. Membership is in memory alone: after a restart of the broker the members are told that they are
// unknown and join again. Committed offsets are the log's.
//
//   GroupCoordinator groups({.initial_rebalance_delay = 0ms});
//   scope.go([&] { return groups.run(); });
//   JoinAnswer answer = co_await groups.join(call);     // any worker
//   groups.check_commit(sender, [&] { pending = store.begin_commit_offsets(...); });
//
// Refusals are answers with Kafka's error code; a task fails by its own cancellation alone.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/kafka/group/group_calls.h"
#include "platform/kafka/group/group_options.h"
#include "platform/kafka/group/group_table.h"
#include "skerry/async/channel.h"
#include "skerry/async/task.h"

namespace skerry::platform::kafka {

class GroupCoordinator {
 public:
  explicit GroupCoordinator(GroupOptions options);
  /// Precondition: no call waits; stop() and wait for the callers before.
  ~GroupCoordinator();
  GroupCoordinator(const GroupCoordinator&) = delete;
  GroupCoordinator& operator=(const GroupCoordinator&) = delete;

  /// Ends sessions and rebalances whose time is over, until cancelled or stopped. It sleeps until the next such time
  /// and is woken when an earlier one comes up. Without it nothing times out. The coordinator outlives the task; run it
  /// once.
  Task<> run();

  /// Answers every waiting call with NOT_COORDINATOR and every later one with COORDINATOR_NOT_AVAILABLE, upon which
  /// clients look for their coordinator again. Any thread; idempotent.
  void stop();

  // Calls of members. Any worker. A group is made by the first member that joins it.

  /// JoinGroup. Waits until the group's next generation begins, at most for the rebalance timeout of the group's
  /// members. Cancelled (its connection is gone), the call counts as not made: the member is not waited with any longer
  /// but stays until its session ends, so that it may come back.
  Task<JoinAnswer> join(JoinCall call);
  /// SyncGroup. Waits until the leader has given the assignments of this generation. Cancelled: as above.
  Task<SyncAnswer> sync(SyncCall call);
  ErrorCode heartbeat(const MemberCall& call);
  LeaveAnswer leave(const LeaveCall& call);

  /// What is done at the moment of an answer, before any other call can change a group: brief, without a suspension and
  /// without calls of the coordinator. May be empty.
  using AtOnce = std::function<void()>;

  /// Whether an OffsetCommit of this sender may be stored now; if so, starts the sender's session again and calls
  /// `store`. What it puts into the log's queue stands there in the order of the generations: no commit of a former one
  /// comes behind those of the next. For a group without members, senders outside of it (kNoGeneration) may commit, and
  /// any group id is valid.
  ErrorCode check_commit(const MemberCall& sender, const AtOnce& store = nullptr);

  // Calls of tools. Any worker. Groups of which only offsets are left are not known here: the broker adds them from its
  // log, with state Empty.

  /// Dead for a group that is not known, and after stop().
  GroupState state(std::string_view group);
  /// The same with everything that is known of it.
  DescribedGroup describe(std::string_view group);
  /// In order of the group id.
  std::vector<ListedGroup> list();
  /// Forgets a group, and calls `forget_offsets` where nobody is in it: what is committed by members that join later is
  /// behind that in the log's queue. NON_EMPTY_GROUP while it has members, GROUP_ID_NOT_FOUND if it is not known (its
  /// offsets may be).
  ErrorCode delete_group(std::string_view group, const AtOnce& forget_offsets = nullptr);

  /// Counts, for metrics.
  struct Counts {
    std::size_t groups = 0;
    std::size_t members = 0;
    std::size_t waiting_calls = 0;
    std::uint64_t rebalances = 0;  // generations begun
    std::uint64_t looks = 0;       // of run() at what is due; few while nothing happens
  };
  Counts counts();

 private:
  using Clock = std::chrono::steady_clock;
  template <class Answer>
  class Waiting;

  // Both with the mutex held.
  void deliver(GroupEffects& effects);
  void wake_timer();
  void abandon(const std::string& group, CallToken token);

  std::mutex mutex_;
  GroupTable table_;
  bool stopped_ = false;
  CallToken last_token_ = 0;
  // Where the answers of the waiting calls go. The channels hold one answer each, so that giving it never waits.
  std::unordered_map<CallToken, Channel<JoinAnswer>> joins_;
  std::unordered_map<CallToken, Channel<SyncAnswer>> syncs_;
  // When run() wakes by itself; it is told when that has become too late.
  GroupTime timer_ = kNever;
  std::uint64_t looks_ = 0;
  Channel<bool> timer_changed_{1};
};

}  // namespace skerry::platform::kafka
