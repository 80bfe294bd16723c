// SPDX-License-Identifier: Apache-2.0
//
// GroupOptions: times and limits of consumer groups, with Kafka's defaults where Kafka has the setting.
#pragma once

#include <chrono>
#include <cstddef>

namespace skerry::platform::kafka {

/// A member that has just joined for the first time and waits for its answer is given up after this time: nobody knows
/// whether its client is still there. Kafka's value (group.coordinator: new member join timeout).
inline constexpr std::chrono::minutes kNewMemberJoinTimeout{5};

/// Protocols that one member may offer; more are refused. Consumers offer one for each of their assignors.
inline constexpr std::size_t kMaxMemberProtocols = 64;

/// A shorter rebalance timeout is raised to this one, so that members get to see a rebalance before it is over.
inline constexpr std::chrono::milliseconds kMinRebalanceTimeout{100};

struct GroupOptions {
  /// How long the first rebalance of an empty group waits for more members; each one that joins extends it, up to the
  /// rebalance timeout (group.initial.rebalance.delay.ms). 0: the group starts as soon as who is there has joined.
  std::chrono::milliseconds initial_rebalance_delay{3'000};
  /// Session timeouts outside these bounds are refused (group.min/max.session.timeout.ms).
  std::chrono::milliseconds min_session_timeout{6'000};
  std::chrono::milliseconds max_session_timeout{1'800'000};
  /// How long a member id that was given out (KIP-394) but not joined with yet holds up a rebalance. The id itself
  /// stays valid for the session timeout. Kafka has no such limit: there an id that its client forgot stalls the group
  /// for a whole session.
  std::chrono::milliseconds max_pending_member_wait{1'000};
  /// Members of one group (group.max.size).
  std::size_t max_members = 1'000;
  /// Member ids of one group that were given out and not joined with yet; one more makes the oldest invalid.
  std::size_t max_pending_members = 1'000;
  /// Groups with members. Empty groups give way when there are too many.
  std::size_t max_groups = 10'000;
  /// Bytes of protocol metadata and of assignments that one group may hold, each.
  std::size_t max_metadata_bytes = std::size_t{16} << 20;
};

}  // namespace skerry::platform::kafka
