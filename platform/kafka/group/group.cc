// SPDX-License-Identifier: Apache-2.0
//
// What members and tools ask besides joining.
#include "platform/kafka/group/group.h"

#include <algorithm>

namespace skerry::platform::kafka {

ErrorCode Group::check_member(std::string_view member_id, const std::optional<std::string>& instance_id) {
  if (instance_id) {
    const GroupMember* member = members_.find_static(*instance_id);
    if (member == nullptr) return ErrorCode::kUnknownMemberId;
    return member->id == member_id ? ErrorCode::kNone : ErrorCode::kFencedInstanceId;
  }
  return members_.find(member_id) == nullptr ? ErrorCode::kUnknownMemberId : ErrorCode::kNone;
}

// ---- SyncGroup

ErrorCode Group::check_sync(const SyncCall& call) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  if (const ErrorCode error = check_member(call.member_id, call.instance_id); error != ErrorCode::kNone) return error;
  if (call.generation != generation_) return ErrorCode::kIllegalGeneration;
  if ((call.protocol_type && call.protocol_type != protocol_type_) || (call.protocol && call.protocol != protocol_))
    return ErrorCode::kInconsistentGroupProtocol;
  if (state_ == GroupState::kPreparingRebalance) return ErrorCode::kRebalanceInProgress;
  std::size_t bytes = 0;
  for (const MemberAssignment& each : call.assignments) bytes += each.assignment.size();
  return bytes > options_.max_metadata_bytes ? ErrorCode::kMessageTooLarge : ErrorCode::kNone;
}

void Group::sync(const SyncCall& call, CallToken token, GroupTime now, GroupEffects& effects) {
  if (const ErrorCode error = check_sync(call); error != ErrorCode::kNone) {
    effects.syncs.emplace_back(token, SyncAnswer::refused(error));
    return;
  }
  GroupMember& member = *members_.find(call.member_id);
  member.must_sync = false;
  if (state_ == GroupState::kStable) {
    begin_session(member, now);
    effects.syncs.emplace_back(token, assignment_of(member));
    return;
  }
  // The client has asked again, on another connection: this is the call it looks at.
  answer_sync(member, SyncAnswer::refused(ErrorCode::kRebalanceInProgress), effects);
  member.sync_call = token;
  begin_session(member, now);
  if (members_.is_leader(member.id)) assign(call, now, effects);
}

void Group::assign(const SyncCall& call, GroupTime now, GroupEffects& effects) {
  for (const MemberAssignment& each : call.assignments)
    if (GroupMember* member = members_.find(each.member_id)) member->assignment = each.assignment;
  state_ = GroupState::kStable;
  for (auto& [id, member] : members_) {
    if (member.sync_call == kNoCall) continue;
    answer_sync(member, assignment_of(member), effects);
    begin_session(member, now);
  }
}

SyncAnswer Group::assignment_of(const GroupMember& member) const {
  SyncAnswer answer;
  answer.protocol_type = protocol_type_;
  answer.protocol = protocol_;
  answer.assignment = member.assignment;
  return answer;
}

// ---- Heartbeat, OffsetCommit

ErrorCode Group::heartbeat(const MemberCall& call, GroupTime now) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  if (const ErrorCode error = check_member(call.member_id, call.instance_id); error != ErrorCode::kNone) return error;
  if (call.generation != generation_) return ErrorCode::kIllegalGeneration;
  begin_session(*members_.find(call.member_id), now);
  return state_ == GroupState::kPreparingRebalance ? ErrorCode::kRebalanceInProgress : ErrorCode::kNone;
}

ErrorCode Group::check_commit(const MemberCall& sender, GroupTime now) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  const bool outside = sender.generation < 0;
  if (outside && state_ == GroupState::kEmpty) return ErrorCode::kNone;
  if (outside && sender.member_id.empty() && !sender.instance_id) return ErrorCode::kUnknownMemberId;
  if (const ErrorCode error = check_member(sender.member_id, sender.instance_id); error != ErrorCode::kNone)
    return error;
  if (sender.generation != generation_) return ErrorCode::kIllegalGeneration;
  // It has been told the new generation and does not own its partitions yet. While a rebalance is still prepared, it
  // owns those of its generation, and a commit is what it should do before it gives them up.
  if (state_ == GroupState::kCompletingRebalance) return ErrorCode::kRebalanceInProgress;
  begin_session(*members_.find(sender.member_id), now);
  return ErrorCode::kNone;
}

// ---- LeaveGroup

LeaveAnswer Group::leave(const LeaveCall& call, GroupTime now, GroupEffects& effects) {
  LeaveAnswer answer;
  if (state_ == GroupState::kDead) {
    answer.error = ErrorCode::kCoordinatorNotAvailable;
    return answer;
  }
  bool left = false;
  for (const LeavingMember& each : call.members) answer.members.push_back({each, leave_one(each, left, effects)});
  if (left) {
    members_left(now, effects);
  } else {
    begin_generation_if_all_joined(now, effects);
  }
  return answer;
}

ErrorCode Group::leave_one(const LeavingMember& leaving, bool& left, GroupEffects& effects) {
  std::string id = leaving.member_id;
  if (id.empty() && leaving.instance_id) {
    // A tool removes a static member by the name that people gave it.
    if (const GroupMember* member = members_.find_static(*leaving.instance_id)) id = member->id;
  }
  if (pending_.remove(id)) return ErrorCode::kNone;
  if (const ErrorCode error = check_member(id, leaving.instance_id); error != ErrorCode::kNone) return error;
  remove_member(id, effects);
  left = true;
  return ErrorCode::kNone;
}

// ---- tools, and the end

DescribedGroup Group::describe() const {
  DescribedGroup group;
  group.group = id_;
  group.state = state_;
  group.protocol_type = protocol_type_.value_or("");
  const bool stable = state_ == GroupState::kStable;
  if (stable) group.protocol = protocol_.value_or("");
  for (const auto& [id, member] : members_) {
    group.members.push_back({id, member.instance_id, member.client_id, member.client_host,
                             stable ? std::string(member.metadata(group.protocol)) : std::string(), member.assignment});
  }
  return group;
}

void Group::abandon(CallToken token, GroupTime now) {
  for (auto& [id, member] : members_) {
    if (member.join_call == token) {
      member.join_call = kNoCall;
    } else if (member.sync_call == token) {
      member.sync_call = kNoCall;
      member.must_sync = true;
    } else {
      continue;
    }
    begin_session(member, now);
    return;
  }
}

void Group::close(ErrorCode error, GroupEffects& effects) {
  for (auto& [id, member] : members_) {
    answer_join(member, JoinAnswer::refused(error, id), effects);
    answer_sync(member, SyncAnswer::refused(error), effects);
  }
  state_ = GroupState::kDead;
  wake_at_ = kNever;
}

// ---- waiting calls and sessions

void Group::answer_join(GroupMember& member, JoinAnswer answer, GroupEffects& effects) {
  if (member.join_call == kNoCall) return;
  effects.joins.emplace_back(std::exchange(member.join_call, kNoCall), std::move(answer));
}

void Group::answer_sync(GroupMember& member, SyncAnswer answer, GroupEffects& effects) {
  if (member.sync_call == kNoCall) return;
  effects.syncs.emplace_back(std::exchange(member.sync_call, kNoCall), std::move(answer));
}

// A client that waits for its answer sends no heartbeats; the rebalance has a deadline of its own.
void Group::begin_session(GroupMember& member, GroupTime now) {
  const bool waits = member.join_call != kNoCall || member.sync_call != kNoCall;
  if (!waits) {
    member.session_ends = now + member.session_timeout;
  } else {
    member.session_ends = member.is_new ? now + kNewMemberJoinTimeout : kNever;
  }
  wake_by(member.session_ends);
}

}  // namespace skerry::platform::kafka
