// SPDX-License-Identifier: Apache-2.0
//
// JoinGroup: who is let in, under which id, and whether that takes a rebalance.
#include <algorithm>

#include "platform/kafka/group/group.h"
#include "skerry/base/check.h"

namespace skerry::platform::kafka {

namespace {

std::size_t metadata_bytes(const JoinCall& call) {
  std::size_t bytes = call.client_id.size() + call.client_host.size();
  for (const MemberProtocol& protocol : call.protocols) bytes += protocol.name.size() + protocol.metadata.size();
  return bytes;
}

}  // namespace

void Group::join(const JoinCall& call, CallToken token, std::string_view fresh_id, GroupTime now,
                 GroupEffects& effects) {
  if (const ErrorCode error = check_join(call); error != ErrorCode::kNone) {
    effects.joins.emplace_back(token, JoinAnswer::refused(error, call.member_id));
    return;
  }
  const Joining joining{call, token, now, effects};
  if (call.member_id.empty()) {
    join_unknown(joining, fresh_id);
  } else {
    join_known(joining);
  }
}

ErrorCode Group::check_join(const JoinCall& call) {
  if (state_ == GroupState::kDead) return ErrorCode::kCoordinatorNotAvailable;
  if (call.protocol_type.empty() || call.protocols.empty()) return ErrorCode::kInconsistentGroupProtocol;
  if (call.protocols.size() > kMaxMemberProtocols) return ErrorCode::kInvalidRequest;

  GroupMember* member = call.member_id.empty() && call.instance_id ? members_.find_static(*call.instance_id)
                                                                   : members_.find(call.member_id);
  // An id that was given out belongs to a dynamic member.
  const bool announced = !call.instance_id && pending_.contains(call.member_id);
  if (!call.member_id.empty() && !announced) {
    if (const ErrorCode error = check_member(call.member_id, call.instance_id); error != ErrorCode::kNone) return error;
  }
  if (member == nullptr && members_.size() >= options_.max_members) return ErrorCode::kGroupMaxSizeReached;
  if (!members_.empty() && (protocol_type_ != call.protocol_type || !members_.all_support_one_of(call.protocols)))
    return ErrorCode::kInconsistentGroupProtocol;
  const std::size_t replaced = member == nullptr ? 0 : member->metadata_bytes();
  if (members_.metadata_bytes() - replaced + metadata_bytes(call) > options_.max_metadata_bytes)
    return ErrorCode::kMessageTooLarge;
  return ErrorCode::kNone;
}

void Group::join_unknown(const Joining& joining, std::string_view fresh_id) {
  const JoinCall& call = joining.call;
  std::string id = call.instance_id.value_or(call.client_id);
  id.append("-").append(fresh_id);
  if (call.instance_id) {
    if (GroupMember* member = members_.find_static(*call.instance_id)) {
      rejoin_static(joining, *member, std::move(id));
    } else {
      add_member(joining, std::move(id));
    }
  } else if (call.requires_known_member_id) {
    announce(joining, std::move(id));
  } else {
    add_member(joining, std::move(id));
  }
}

void Group::announce(const Joining& joining, std::string id) {
  const auto session = joining.call.session_timeout;
  const GroupTime wait_until = joining.now + std::min(session, options_.max_pending_member_wait);
  pending_.add(id, joining.now + session, wait_until, options_.max_pending_members);
  wake_by(wait_until);
  joining.effects.joins.emplace_back(joining.token, JoinAnswer::refused(ErrorCode::kMemberIdRequired, std::move(id)));
}

void Group::join_known(const Joining& joining) {
  const JoinCall& call = joining.call;
  if (pending_.remove(call.member_id)) {
    add_member(joining, call.member_id);
    return;
  }
  GroupMember& member = *members_.find(call.member_id);
  const bool same = member.protocols == call.protocols;
  switch (state_) {
    case GroupState::kPreparingRebalance:
      update_member(joining, member);
      wait_for_generation(joining, member);
      begin_generation_if_all_joined(joining.now, joining.effects);
      break;
    case GroupState::kCompletingRebalance:
    case GroupState::kStable:
      // The same again is a client that missed the answer. From the leader of a stable group it is the wish for a
      // rebalance: topics may have changed without a change of metadata.
      if (same && !(state_ == GroupState::kStable && members_.is_leader(member.id))) {
        begin_session(member, joining.now);
        joining.effects.joins.emplace_back(joining.token, generation_for(member));
        break;
      }
      update_member(joining, member);
      wait_for_generation(joining, member);
      rebalance(joining.now, joining.effects);
      break;
    case GroupState::kEmpty:
    case GroupState::kDead:
      SKERRY_CHECK(false, "a group with a member is neither empty nor dead");
  }
}

void Group::add_member(const Joining& joining, std::string id) {
  if (members_.empty()) protocol_type_ = joining.call.protocol_type;
  GroupMember fresh;
  fresh.id = std::move(id);
  fresh.instance_id = joining.call.instance_id;
  GroupMember& member = members_.add(std::move(fresh));
  update_member(joining, member);
  wait_for_generation(joining, member);
  if (state_ == GroupState::kPreparingRebalance) {
    joined_during_delay_ = true;
    begin_generation_if_all_joined(joining.now, joining.effects);
  } else {
    rebalance(joining.now, joining.effects);
  }
}

// KIP-345: a static member that comes back without its member id is the same member after a restart. Whoever still uses
// the old id is a second client with the same instance id and is fenced off.
void Group::rejoin_static(const Joining& joining, GroupMember& old, std::string new_id) {
  answer_join(old, JoinAnswer::refused(ErrorCode::kFencedInstanceId, old.id), joining.effects);
  answer_sync(old, SyncAnswer::refused(ErrorCode::kFencedInstanceId), joining.effects);
  const std::string old_leader = members_.leader();
  GroupMember& member = members_.rename(std::string(old.id), std::move(new_id));
  update_member(joining, member);

  if (state_ == GroupState::kStable && members_.choose_protocol() == protocol_) {
    JoinAnswer answer = generation_for(member);
    if (joining.call.supports_skip_assignment) {
      answer.skip_assignment = members_.is_leader(member.id);
    } else {
      // A client that cannot be told to skip the assignment must not find itself the leader: nobody would get what it
      // assigns, as the group is stable.
      answer.leader = old_leader;
      answer.members.clear();
    }
    begin_session(member, joining.now);
    joining.effects.joins.emplace_back(joining.token, std::move(answer));
    return;
  }
  wait_for_generation(joining, member);
  if (state_ == GroupState::kPreparingRebalance) {
    begin_generation_if_all_joined(joining.now, joining.effects);
  } else {
    // While a rebalance completes, the leader may be assigning to the old id.
    rebalance(joining.now, joining.effects);
  }
}

void Group::update_member(const Joining& joining, GroupMember& member) {
  const JoinCall& call = joining.call;
  member.client_id = call.client_id;
  member.client_host = call.client_host;
  member.session_timeout = call.session_timeout;
  const bool given = call.rebalance_timeout >= call.rebalance_timeout.zero();
  member.rebalance_timeout = std::max(given ? call.rebalance_timeout : call.session_timeout, kMinRebalanceTimeout);
  member.protocols = call.protocols;
}

void Group::wait_for_generation(const Joining& joining, GroupMember& member) {
  // The client has asked again, on another connection: this is the call it looks at.
  answer_join(member, JoinAnswer::refused(ErrorCode::kRebalanceInProgress, member.id), joining.effects);
  member.join_call = joining.token;
  member.joined = true;
  begin_session(member, joining.now);
}

JoinAnswer Group::generation_for(const GroupMember& member) const {
  JoinAnswer answer;
  answer.generation = generation_;
  answer.protocol_type = protocol_type_;
  answer.protocol = protocol_;
  answer.leader = members_.leader();
  answer.member_id = member.id;
  if (members_.is_leader(member.id)) {
    for (const auto& [id, each] : members_)
      answer.members.push_back({id, each.instance_id, std::string(each.metadata(protocol_.value_or("")))});
  }
  return answer;
}

}  // namespace skerry::platform::kafka
