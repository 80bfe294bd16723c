// SPDX-License-Identifier: Apache-2.0
//
// The requests of a group's members.
#include <utility>

#include "platform/kafka/broker/handlers.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;

/// From here on a client understands that it must come back with the id that it is given (KIP-394).
constexpr std::int16_t kFirstJoinVersionWithKnownId = 4;
/// From here on LeaveGroup has a list of members.
constexpr std::int16_t kFirstLeaveVersionWithMembers = 3;

// A refusal by the rules of groups is part of their life (a heartbeat is told to join again); it is counted like
// others.
ErrorCode counted(Broker& broker, ErrorCode code) {
  if (code != ErrorCode::kNone) broker.metrics.refused(code);
  return code;
}

}  // namespace

Task<protocol::JoinGroupResponse> handle(Broker& broker, Caller caller, protocol::JoinGroupRequest request) {
  JoinCall call{.group = std::move(request.group_id),
                .member_id = std::move(request.member_id),
                .instance_id = std::move(request.group_instance_id),
                .client_id = std::move(caller.client_id),
                .client_host = std::move(caller.client_host),
                .session_timeout = request.session_timeout,
                .rebalance_timeout = request.rebalance_timeout,
                .protocol_type = std::move(request.protocol_type)};
  call.requires_known_member_id = caller.version >= kFirstJoinVersionWithKnownId;
  for (auto& protocol : request.protocols)
    call.protocols.push_back({.name = std::move(protocol.name), .metadata = std::move(protocol.metadata.value)});

  JoinAnswer answer = co_await broker.groups.join(std::move(call));
  protocol::JoinGroupResponse response{.error_code = counted(broker, answer.error),
                                       .generation_id = answer.generation,
                                       .protocol_type = std::move(answer.protocol_type),
                                       .protocol_name = answer.protocol.value_or(""),
                                       .leader = std::move(answer.leader),
                                       .member_id = std::move(answer.member_id)};
  for (JoinedMember& member : answer.members) {
    response.members.push_back({.member_id = std::move(member.member_id),
                                .group_instance_id = std::move(member.instance_id),
                                .metadata = {std::move(member.metadata)}});
  }
  co_return response;
}

Task<protocol::SyncGroupResponse> handle(Broker& broker, Caller, protocol::SyncGroupRequest request) {
  SyncCall call{.group = std::move(request.group_id),
                .generation = request.generation_id,
                .member_id = std::move(request.member_id),
                .instance_id = std::move(request.group_instance_id),
                .protocol_type = std::move(request.protocol_type),
                .protocol = std::move(request.protocol_name)};
  for (auto& assignment : request.assignments) {
    call.assignments.push_back(
        {.member_id = std::move(assignment.member_id), .assignment = std::move(assignment.assignment.value)});
  }
  SyncAnswer answer = co_await broker.groups.sync(std::move(call));
  co_return protocol::SyncGroupResponse{.error_code = counted(broker, answer.error),
                                        .protocol_type = std::move(answer.protocol_type),
                                        .protocol_name = std::move(answer.protocol),
                                        .assignment = {std::move(answer.assignment)}};
}

Task<protocol::HeartbeatResponse> handle(Broker& broker, Caller, protocol::HeartbeatRequest request) {
  const ErrorCode code = broker.groups.heartbeat({.group = std::move(request.group_id),
                                                  .generation = request.generation_id,
                                                  .member_id = std::move(request.member_id),
                                                  .instance_id = std::move(request.group_instance_id)});
  co_return protocol::HeartbeatResponse{.error_code = counted(broker, code)};
}

Task<protocol::LeaveGroupResponse> handle(Broker& broker, Caller caller, protocol::LeaveGroupRequest request) {
  const bool has_members = caller.version >= kFirstLeaveVersionWithMembers;
  LeaveCall call{.group = std::move(request.group_id), .members = {}};
  if (!has_members) call.members.push_back({.member_id = std::move(request.member_id), .instance_id = std::nullopt});
  for (auto& member : request.members)
    call.members.push_back({std::move(member.member_id), std::move(member.group_instance_id)});

  const LeaveAnswer answer = broker.groups.leave(call);
  protocol::LeaveGroupResponse response{.error_code = answer.error};
  for (const LeaveAnswer::Member& left : answer.members) {
    response.members.push_back({.member_id = left.member.member_id,
                                .group_instance_id = left.member.instance_id,
                                .error_code = counted(broker, left.error)});
  }
  if (!has_members && response.error_code == ErrorCode::kNone && !answer.members.empty())
    response.error_code = answer.members.front().error;
  co_return response;
}

}  // namespace skerry::platform::kafka
