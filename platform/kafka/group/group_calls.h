// SPDX-License-Identifier: Apache-2.0
//
// What members of consumer groups ask and are answered: the fields of JoinGroup, SyncGroup, Heartbeat, LeaveGroup,
// OffsetCommit, DescribeGroups and ListGroups that matter to a group, without their wire form. Every answer carries
// Kafka's error code. All are values.
//
// Source: Kafka protocol guide; KIP-62 (rebalance timeout), KIP-345 (static members), KIP-394 (known member ids),
// KIP-559 (protocol in SyncGroup), KIP-814 (skipped assignment).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka {

using protocol::ErrorCode;

/// The generation of a call that does not take part in a group.
inline constexpr std::int32_t kNoGeneration = -1;

enum class GroupState : std::uint8_t { kEmpty, kPreparingRebalance, kCompletingRebalance, kStable, kDead };

/// As Kafka writes it: "PreparingRebalance".
std::string_view state_name(GroupState state);

/// One way to divide the partitions that a member offers, with its subscription in that way's own form.
struct MemberProtocol {
  std::string name;      // of a consumer: its assignor, such as "range"
  std::string metadata;  // opaque to the broker

  friend bool operator==(const MemberProtocol&, const MemberProtocol&) = default;
};

struct JoinCall {
  std::string group;
  std::string member_id;  // empty: not a member yet
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::chrono::milliseconds session_timeout{};
  /// Negative, as in JoinGroup v0, which does not have it: the session timeout.
  std::chrono::milliseconds rebalance_timeout{-1};
  std::string protocol_type;
  std::vector<MemberProtocol> protocols;  // in order of preference
  /// JoinGroup v4 and later: a new dynamic member is first given an id and asked to come back with it (KIP-394).
  bool requires_known_member_id = false;
  /// JoinGroup v9 and later: the client understands JoinAnswer::skip_assignment (KIP-814).
  bool supports_skip_assignment = false;
};

struct JoinedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string metadata;  // for the chosen protocol

  friend bool operator==(const JoinedMember&, const JoinedMember&) = default;
};

struct JoinAnswer {
  static JoinAnswer refused(ErrorCode error, std::string member_id);

  ErrorCode error = ErrorCode::kNone;
  std::int32_t generation = kNoGeneration;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;  // JoinGroup before v7 has no null here: it is the empty string there
  std::string leader;
  bool skip_assignment = false;
  std::string member_id;
  std::vector<JoinedMember> members;  // for the leader alone

  friend bool operator==(const JoinAnswer&, const JoinAnswer&) = default;
};

struct MemberAssignment {
  std::string member_id;
  std::string assignment;  // opaque to the broker

  friend bool operator==(const MemberAssignment&, const MemberAssignment&) = default;
};

struct SyncCall {
  std::string group;
  std::int32_t generation = kNoGeneration;
  std::string member_id;
  std::optional<std::string> instance_id;
  /// SyncGroup v5 and later; where given, they must be the group's.
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::vector<MemberAssignment> assignments;  // from the leader; ignored from others
};

struct SyncAnswer {
  static SyncAnswer refused(ErrorCode error);

  ErrorCode error = ErrorCode::kNone;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol;
  std::string assignment;

  friend bool operator==(const SyncAnswer&, const SyncAnswer&) = default;
};

/// A heartbeat, and what an OffsetCommit says about its sender.
struct MemberCall {
  std::string group;
  std::int32_t generation = kNoGeneration;
  std::string member_id;
  std::optional<std::string> instance_id;
};

struct LeavingMember {
  std::string member_id;  // empty: the static member with the instance id, whoever it is
  std::optional<std::string> instance_id;

  friend bool operator==(const LeavingMember&, const LeavingMember&) = default;
};

struct LeaveCall {
  std::string group;
  std::vector<LeavingMember> members;  // one before LeaveGroup v3
};

struct LeaveAnswer {
  struct Member {
    LeavingMember member;
    ErrorCode error = ErrorCode::kNone;

    friend bool operator==(const Member&, const Member&) = default;
  };

  ErrorCode error =
      ErrorCode::kNone;         // before LeaveGroup v3 the client is told the first member's error if this is none
  std::vector<Member> members;  // in the order of the call; empty if `error` is set

  friend bool operator==(const LeaveAnswer&, const LeaveAnswer&) = default;
};

struct DescribedMember {
  std::string member_id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::string metadata;  // for the chosen protocol, in a stable group; else empty
  std::string assignment;

  friend bool operator==(const DescribedMember&, const DescribedMember&) = default;
};

struct DescribedGroup {
  ErrorCode error = ErrorCode::kNone;
  std::string group;
  GroupState state = GroupState::kDead;
  std::string protocol_type;
  std::string protocol;  // in a stable group; else empty
  std::vector<DescribedMember> members;

  friend bool operator==(const DescribedGroup&, const DescribedGroup&) = default;
};

struct ListedGroup {
  std::string group;
  std::string protocol_type;
  GroupState state = GroupState::kEmpty;

  friend bool operator==(const ListedGroup&, const ListedGroup&) = default;
};

}  // namespace skerry::platform::kafka
