// SPDX-License-Identifier: Apache-2.0
//
// Rebalances: when one begins, when it has waited long enough, and what begins the next generation; and what time does.
#include <algorithm>
#include <ranges>
#include <vector>

#include "platform/kafka/group/group.h"

namespace skerry::platform::kafka {

void Group::rebalance(GroupTime now, GroupEffects& effects) {
  for (auto& [id, member] : members_) {
    member.must_sync = false;
    member.assignment.clear();
    if (member.sync_call == kNoCall) continue;
    answer_sync(member, SyncAnswer::refused(ErrorCode::kRebalanceInProgress), effects);
    begin_session(member, now);
  }
  sync_ends_ = kNever;
  initial_ = state_ == GroupState::kEmpty && options_.initial_rebalance_delay.count() > 0;
  state_ = GroupState::kPreparingRebalance;
  const auto limit = members_.rebalance_timeout();
  if (initial_) {
    joined_during_delay_ = false;
    join_ends_ = now + options_.initial_rebalance_delay;
    initial_ends_ = std::max(join_ends_, now + limit);
  } else {
    join_ends_ = now + limit;
  }
  wake_by(join_ends_);
  begin_generation_if_all_joined(now, effects);
}

void Group::begin_generation_if_all_joined(GroupTime now, GroupEffects& effects) {
  if (state_ != GroupState::kPreparingRebalance || initial_) return;
  const bool complete = members_.empty() || (members_.all_joined() && !pending_.worth_waiting_for(now));
  if (complete) begin_generation(now, effects);
}

void Group::end_initial_delay(GroupTime now, GroupEffects& effects) {
  if (joined_during_delay_ && now < initial_ends_) {
    joined_during_delay_ = false;
    join_ends_ = std::min(now + options_.initial_rebalance_delay, initial_ends_);
    return;
  }
  begin_generation(now, effects);
}

void Group::begin_generation(GroupTime now, GroupEffects& effects) {
  std::vector<std::string> missing;
  for (const auto& [id, member] : members_)
    if (!member.joined && !member.instance_id) missing.push_back(id);
  for (const std::string& id : missing) remove_member(id, effects);
  if (members_.empty()) {
    become_empty(now);
    return;
  }
  if (!members_.elect_leader()) {
    // Only static members that are away: their sessions decide.
    initial_ = false;
    join_ends_ = now + members_.rebalance_timeout();
    wake_by(join_ends_);
    return;
  }
  ++generation_;
  protocol_ = members_.choose_protocol();
  state_ = GroupState::kCompletingRebalance;
  join_ends_ = kNever;
  sync_ends_ = now + members_.rebalance_timeout();
  wake_by(sync_ends_);
  for (auto& [id, member] : members_) {
    // A static member that is away stays in the group, and its session goes on.
    if (!std::exchange(member.joined, false)) continue;
    member.is_new = false;
    member.must_sync = true;
    if (member.join_call == kNoCall) continue;
    answer_join(member, generation_for(member), effects);
    begin_session(member, now);
  }
}

void Group::become_empty(GroupTime now) {
  ++generation_;
  protocol_.reset();
  state_ = GroupState::kEmpty;
  join_ends_ = kNever;
  sync_ends_ = kNever;
  empty_since_ = now;
}

void Group::remove_member(const std::string& member_id, GroupEffects& effects) {
  GroupMember& member = *members_.find(member_id);
  answer_join(member, JoinAnswer::refused(ErrorCode::kUnknownMemberId, {}), effects);
  answer_sync(member, SyncAnswer::refused(ErrorCode::kUnknownMemberId), effects);
  members_.remove(std::string(member_id));
}

void Group::members_left(GroupTime now, GroupEffects& effects) {
  if (state_ == GroupState::kPreparingRebalance) {
    begin_generation_if_all_joined(now, effects);
  } else {
    rebalance(now, effects);
  }
}

bool Group::remove_overdue(GroupTime now, GroupEffects& effects) {
  const bool syncs_are_over = sync_ends_ <= now;
  if (syncs_are_over) sync_ends_ = kNever;
  std::vector<std::string> overdue;
  for (const auto& [id, member] : members_)
    if (member.session_ends <= now || (syncs_are_over && member.must_sync)) overdue.push_back(id);
  for (const std::string& id : overdue) remove_member(id, effects);
  return !overdue.empty();
}

void Group::tick(GroupTime now, GroupEffects& effects) {
  pending_.expire(now);
  if (remove_overdue(now, effects)) members_left(now, effects);
  if (state_ == GroupState::kPreparingRebalance) {
    if (join_ends_ > now) {
      begin_generation_if_all_joined(now, effects);
    } else if (initial_) {
      end_initial_delay(now, effects);
    } else {
      begin_generation(now, effects);
    }
  }
  wake_at_ = next_deadline(now);
}

GroupTime Group::next_deadline(GroupTime now) const {
  GroupTime next = std::min({join_ends_, sync_ends_, pending_.next_change(now)});
  for (const auto& [id, member] : members_) next = std::min(next, member.session_ends);
  return next;
}

}  // namespace skerry::platform::kafka
