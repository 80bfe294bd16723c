// SPDX-License-Identifier: Apache-2.0
//
// Group: one consumer group of the classic protocol as a pure state machine. Time comes in as an argument; answers to
// calls that had to wait go out as effects, known by the token of their call.
//
//   Group group("orders", options);
//   group.join(call, 1, random_id(), now, effects);
//   group.tick(group.wake_at(), effects);            // effects.joins now holds the answer to call 1
//
// Empty -> PreparingRebalance: calls of JoinGroup wait until every member has joined again or the rebalance timeout is
// over; who has not joined by then is out, except static members -> CompletingRebalance: a generation has begun, its
// leader divides the partitions, calls of SyncGroup wait for that -> Stable, until a member comes, goes, or wants a
// rebalance; -> Empty when the last one is gone.
//
// Invariants:
//  1. A call waits in JoinGroup only while a rebalance is prepared, in SyncGroup only while it is completed; both
//  states
//     have a deadline, so no call waits for ever.
//  2. The generation never goes back, and grows with each rebalance.
//  3. wake_at() is not after the next time at which tick() has something to do.
//
// Source: Kafka protocol guide; KIP-62, KIP-134, KIP-345, KIP-394, KIP-814.
#pragma once

#include <string>
#include <string_view>

#include "platform/kafka/group/group_calls.h"
#include "platform/kafka/group/group_effects.h"
#include "platform/kafka/group/group_members.h"
#include "platform/kafka/group/group_options.h"
#include "platform/kafka/group/pending_members.h"

namespace skerry::platform::kafka {

class Group {
 public:
  /// The options outlive the group.
  Group(std::string id, const GroupOptions& options) : id_(std::move(id)), options_(options) {}
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  /// JoinGroup. The call is answered now or later, once. `fresh_id` is any string that was never passed before: a new
  /// member's id is made of it. Precondition: the session timeout is within the bounds.
  void join(const JoinCall& call, CallToken token, std::string_view fresh_id, GroupTime now, GroupEffects& effects);
  /// SyncGroup. Likewise.
  void sync(const SyncCall& call, CallToken token, GroupTime now, GroupEffects& effects);
  /// Whoever made the call will not see its answer. The member's session begins again; the rest goes on as if it
  /// waited.
  void abandon(CallToken token, GroupTime now);

  ErrorCode heartbeat(const MemberCall& call, GroupTime now);
  LeaveAnswer leave(const LeaveCall& call, GroupTime now, GroupEffects& effects);
  /// Whether offsets of this sender may be committed now; begins its session again if so.
  ErrorCode check_commit(const MemberCall& sender, GroupTime now);

  /// Ends what is over: sessions, rebalances, pending ids.
  void tick(GroupTime now, GroupEffects& effects);
  /// When tick() is to be called next, or earlier; kNever if there is nothing to wait for.
  GroupTime wake_at() const { return wake_at_; }

  /// The group is no longer served here: answers all waiting calls with the error; every later call gets
  /// COORDINATOR_NOT_AVAILABLE.
  void close(ErrorCode error, GroupEffects& effects);

  const std::string& id() const { return id_; }
  GroupState state() const { return state_; }
  std::int32_t generation() const { return generation_; }
  std::size_t size() const { return members_.size(); }
  /// True if nobody would miss it: no members, and none announced.
  bool is_idle() const { return state_ == GroupState::kEmpty && pending_.empty(); }
  /// Since when the group has had no members.
  GroupTime empty_since() const { return empty_since_; }
  DescribedGroup describe() const;
  ListedGroup list() const { return {id_, protocol_type_.value_or(""), state_}; }

 private:
  // What a call of JoinGroup comes with besides itself.
  struct Joining {
    const JoinCall& call;
    CallToken token;
    GroupTime now;
    GroupEffects& effects;
  };

  // Joining: group_join.cc.
  ErrorCode check_join(const JoinCall& call);
  void join_unknown(const Joining& joining, std::string_view fresh_id);
  void join_known(const Joining& joining);
  void rejoin_static(const Joining& joining, GroupMember& member, std::string new_id);
  void announce(const Joining& joining, std::string id);
  void add_member(const Joining& joining, std::string id);
  void update_member(const Joining& joining, GroupMember& member);
  void wait_for_generation(const Joining& joining, GroupMember& member);
  JoinAnswer generation_for(const GroupMember& member) const;

  // Rebalances: group_rebalance.cc.
  void rebalance(GroupTime now, GroupEffects& effects);
  void begin_generation_if_all_joined(GroupTime now, GroupEffects& effects);
  void begin_generation(GroupTime now, GroupEffects& effects);
  void end_initial_delay(GroupTime now, GroupEffects& effects);
  void become_empty(GroupTime now);
  void assign(const SyncCall& call, GroupTime now, GroupEffects& effects);
  void remove_member(const std::string& member_id, GroupEffects& effects);
  bool remove_overdue(GroupTime now, GroupEffects& effects);
  void members_left(GroupTime now, GroupEffects& effects);

  ErrorCode check_member(std::string_view member_id, const std::optional<std::string>& instance_id);
  ErrorCode check_sync(const SyncCall& call);
  ErrorCode leave_one(const LeavingMember& leaving, bool& left, GroupEffects& effects);
  SyncAnswer assignment_of(const GroupMember& member) const;
  void answer_join(GroupMember& member, JoinAnswer answer, GroupEffects& effects);
  void answer_sync(GroupMember& member, SyncAnswer answer, GroupEffects& effects);
  void begin_session(GroupMember& member, GroupTime now);
  void wake_by(GroupTime time) { wake_at_ = std::min(wake_at_, time); }
  GroupTime next_deadline(GroupTime now) const;

  const std::string id_;
  const GroupOptions& options_;
  GroupState state_ = GroupState::kEmpty;
  std::int32_t generation_ = 0;
  std::optional<std::string> protocol_type_;
  std::optional<std::string> protocol_;  // of the current generation
  GroupMembers members_;
  PendingMembers pending_;

  GroupTime join_ends_ = kNever;  // in PreparingRebalance: when it ends at the latest
  GroupTime sync_ends_ = kNever;  // of this generation: when who has not asked for its assignment is out
  // In PreparingRebalance: it is the first one of an empty group and waits on purpose.
  bool initial_ = false;
  bool joined_during_delay_ = false;
  GroupTime initial_ends_ = kNever;  // however many join

  GroupTime empty_since_{};
  GroupTime wake_at_ = kNever;
};

}  // namespace skerry::platform::kafka
