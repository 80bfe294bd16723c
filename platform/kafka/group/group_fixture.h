// SPDX-License-Identifier: Apache-2.0
//
// For tests of groups: a table of groups with a clock of its own, and clients that speak to it as consumers do.
//
//   Groups groups({.initial_rebalance_delay = 0ms});
//   const CallToken call = groups.join({.client = "a"});
//   EXPECT_EQ(groups.joined(call).generation, 1);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "platform/kafka/group/group_table.h"

namespace skerry::platform::kafka {

using namespace std::chrono_literals;

/// What differs from the common case in a test's call of JoinGroup.
struct JoinSpec {
  std::string client = "client";
  std::string member_id = {};
  std::optional<std::string> instance_id = {};
  std::vector<MemberProtocol> protocols = {{"range", "topics"}};
  std::string protocol_type = "consumer";
  std::chrono::milliseconds session = 10s;
  std::chrono::milliseconds rebalance = 60s;
  bool known_id = false;
  bool skip_assignment = false;
  std::string group = "g";
};

inline JoinCall join_call(const JoinSpec& spec) {
  JoinCall call;
  call.group = spec.group;
  call.member_id = spec.member_id;
  call.instance_id = spec.instance_id;
  call.client_id = spec.client;
  call.client_host = "/127.0.0.1";
  call.session_timeout = spec.session;
  call.rebalance_timeout = spec.rebalance;
  call.protocol_type = spec.protocol_type;
  call.protocols = spec.protocols;
  call.requires_known_member_id = spec.known_id;
  call.supports_skip_assignment = spec.skip_assignment;
  return call;
}

inline SyncCall sync_call(std::string member_id, std::int32_t generation,
                          std::vector<MemberAssignment> assignments = {}) {
  SyncCall call;
  call.group = "g";
  call.generation = generation;
  call.member_id = std::move(member_id);
  call.assignments = std::move(assignments);
  return call;
}

class Groups {
 public:
  explicit Groups(GroupOptions options) : table(options) {}

  // Calls; each gives its token. Whatever is answered is kept.

  CallToken join(const JoinSpec& spec) {
    GroupEffects effects;
    ++token_;
    table.join(join_call(spec), token_, std::to_string(token_), now, effects);
    take(std::move(effects));
    return token_;
  }
  CallToken sync(const SyncCall& call) {
    GroupEffects effects;
    table.sync(call, ++token_, now, effects);
    take(std::move(effects));
    return token_;
  }
  LeaveAnswer leave(const LeaveCall& call) {
    GroupEffects effects;
    LeaveAnswer answer = table.leave(call, now, effects);
    take(std::move(effects));
    return answer;
  }
  ErrorCode leave_one(const std::string& member_id) {
    const LeaveAnswer answer = leave({"g", {{member_id, {}}}});
    return answer.error != ErrorCode::kNone ? answer.error : answer.members.at(0).error;
  }
  ErrorCode heartbeat(const std::string& member_id, std::int32_t generation,
                      std::optional<std::string> instance_id = {}) {
    return table.heartbeat({"g", generation, member_id, std::move(instance_id)}, now);
  }
  ErrorCode commit(const std::string& member_id, std::int32_t generation, std::optional<std::string> instance_id = {}) {
    return table.check_commit({"g", generation, member_id, std::move(instance_id)}, now);
  }
  void abandon(CallToken token) { table.abandon("g", token, now); }

  /// Lets time pass, with a tick whenever the table asks for one.
  void pass(std::chrono::milliseconds duration) {
    const GroupTime end = now + duration;
    while (table.next_tick() && *table.next_tick() <= end) {
      now = std::max(now, *table.next_tick());
      GroupEffects effects;
      table.tick(now, effects);
      take(std::move(effects));
    }
    now = end;
  }

  // Answers. Each may be asked for as often as wanted.

  bool answered(CallToken token) const { return joins.contains(token) || syncs.contains(token); }
  JoinAnswer joined(CallToken token) const {
    EXPECT_TRUE(joins.contains(token)) << "the call of JoinGroup still waits";
    return joins.contains(token) ? joins.at(token) : JoinAnswer::refused(ErrorCode::kUnknownServerError, {});
  }
  SyncAnswer synced(CallToken token) const {
    EXPECT_TRUE(syncs.contains(token)) << "the call of SyncGroup still waits";
    return syncs.contains(token) ? syncs.at(token) : SyncAnswer::refused(ErrorCode::kUnknownServerError);
  }

  GroupState state() const { return table.state("g"); }
  std::size_t size() const { return table.describe("g").members.size(); }
  bool has(const std::string& member_id) const {
    const auto members = table.describe("g").members;
    return std::ranges::find(members, member_id, &DescribedMember::member_id) != members.end();
  }

  GroupTable table;
  GroupTime now = GroupTime() + 1000s;
  std::map<CallToken, JoinAnswer> joins;
  std::map<CallToken, SyncAnswer> syncs;

 private:
  void take(GroupEffects effects) {
    for (auto& [token, answer] : effects.joins)
      EXPECT_TRUE(joins.emplace(token, std::move(answer)).second) << "a call was answered twice";
    for (auto& [token, answer] : effects.syncs)
      EXPECT_TRUE(syncs.emplace(token, std::move(answer)).second) << "a call was answered twice";
  }

  CallToken token_ = kNoCall;
};

inline constexpr GroupOptions kNoDelay{.initial_rebalance_delay = 0ms};

/// A stable group of members that joined one after another; the first one leads. Each is assigned "of ID".
struct StableGroup {
  std::vector<std::string> ids;
  std::int32_t generation = 0;
};

/// Brings the members with these calls of JoinGroup into a stable group "g" in one generation.
inline StableGroup make_stable(Groups& groups, const std::vector<JoinSpec>& specs) {
  StableGroup made;
  // Each newcomer makes those before it join again.
  for (const JoinSpec& spec : specs) {
    const CallToken fresh = groups.join(spec);
    std::vector<CallToken> again;
    for (std::size_t i = 0; i < made.ids.size(); ++i) {
      JoinSpec known = specs[i];
      known.member_id = made.ids[i];
      again.push_back(groups.join(known));
    }
    const JoinAnswer answer = groups.joined(fresh);
    EXPECT_EQ(answer.error, ErrorCode::kNone) << error_name(answer.error);
    for (CallToken token : again) EXPECT_EQ(groups.joined(token).generation, answer.generation);
    made.ids.push_back(answer.member_id);
    made.generation = answer.generation;
  }
  std::vector<MemberAssignment> assignments;
  for (const std::string& id : made.ids) assignments.push_back({id, "of " + id});
  for (std::size_t i = made.ids.size(); i-- > 0;) {
    // The leader comes last, so that the others wait for it.
    const CallToken token =
        groups.sync(sync_call(made.ids[i], made.generation, i == 0 ? assignments : decltype(assignments)()));
    if (i == 0) EXPECT_EQ(groups.synced(token).assignment, "of " + made.ids[0]);
  }
  EXPECT_EQ(groups.state(), GroupState::kStable);
  return made;
}

inline StableGroup make_stable(Groups& groups, std::size_t members) {
  std::vector<JoinSpec> specs;
  for (std::size_t i = 0; i < members; ++i) specs.push_back({.client = "client" + std::to_string(i)});
  return make_stable(groups, specs);
}

}  // namespace skerry::platform::kafka
