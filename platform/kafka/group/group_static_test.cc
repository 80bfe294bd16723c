// SPDX-License-Identifier: Apache-2.0
//
// Static members, KIP-345.
#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {
namespace {

const std::vector<JoinSpec> kTwoStatic = {{.client = "a", .instance_id = "i0"}, {.client = "b", .instance_id = "i1"}};

TEST(GroupStatic, a_static_member_needs_no_known_id_and_is_named_after_its_instance) {
  Groups groups(kNoDelay);
  const JoinAnswer answer = groups.joined(groups.join({.instance_id = "i0", .known_id = true}));
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_TRUE(answer.member_id.starts_with("i0-")) << answer.member_id;
  EXPECT_EQ(answer.members.at(0).instance_id, "i0");
}

TEST(GroupStatic, a_restart_within_the_session_timeout_keeps_the_assignment_without_a_rebalance) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  groups.pass(9s);
  groups.heartbeat(group.ids[0], group.generation);
  const JoinAnswer back = groups.joined(groups.join({.client = "b", .instance_id = "i1"}));
  EXPECT_EQ(back.error, ErrorCode::kNone);
  EXPECT_EQ(back.generation, group.generation);
  EXPECT_NE(back.member_id, group.ids[1]);
  EXPECT_EQ(back.leader, group.ids[0]);
  EXPECT_EQ(groups.state(), GroupState::kStable);
  EXPECT_EQ(groups.synced(groups.sync(sync_call(back.member_id, group.generation))).assignment, "of " + group.ids[1]);
  groups.pass(9s);
  EXPECT_EQ(groups.heartbeat(back.member_id, group.generation, "i1"), ErrorCode::kNone) << "its session began again";
}

TEST(GroupStatic, a_member_that_is_away_longer_than_its_session_is_out) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  groups.pass(5s);
  groups.heartbeat(group.ids[0], group.generation);
  groups.pass(5s);
  EXPECT_EQ(groups.heartbeat(group.ids[0], group.generation), ErrorCode::kRebalanceInProgress);
  EXPECT_FALSE(groups.has(group.ids[1]));
}

TEST(GroupStatic, whoever_still_uses_the_old_member_id_is_fenced) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  groups.join({.instance_id = "i1"});
  EXPECT_EQ(groups.heartbeat(group.ids[1], group.generation, "i1"), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(groups.commit(group.ids[1], group.generation, "i1"), ErrorCode::kFencedInstanceId);
  EXPECT_EQ(groups.joined(groups.join({.member_id = group.ids[1], .instance_id = "i1"})).error,
            ErrorCode::kFencedInstanceId);
  SyncCall sync = sync_call(group.ids[1], group.generation);
  sync.instance_id = "i1";
  EXPECT_EQ(groups.synced(groups.sync(sync)).error, ErrorCode::kFencedInstanceId);
  const LeaveAnswer leave = groups.leave({"g", {{group.ids[1], "i1"}}});
  EXPECT_EQ(leave.members.at(0).error, ErrorCode::kFencedInstanceId);
}

TEST(GroupStatic, an_instance_id_that_is_not_in_the_group_is_unknown) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  EXPECT_EQ(groups.heartbeat(group.ids[0], group.generation, "i9"), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation, "i9"), ErrorCode::kUnknownMemberId);
}

TEST(GroupStatic, a_second_client_with_the_same_instance_fences_the_one_that_waits_in_a_join) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  const CallToken waiting = groups.join({.member_id = group.ids[0], .instance_id = "i0"});
  const CallToken second = groups.join({.instance_id = "i0"});
  EXPECT_EQ(groups.joined(waiting).error, ErrorCode::kFencedInstanceId);
  groups.join({.member_id = group.ids[1], .instance_id = "i1"});
  EXPECT_EQ(groups.joined(second).error, ErrorCode::kNone);
  EXPECT_EQ(groups.joined(second).leader, groups.joined(second).member_id) << "it leads under its new id";
}

TEST(GroupStatic, a_restart_while_a_rebalance_completes_begins_another_one) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  const CallToken first = groups.join({.member_id = group.ids[0], .instance_id = "i0"});
  groups.join({.member_id = group.ids[1], .instance_id = "i1"});
  const std::int32_t generation = groups.joined(first).generation;
  const CallToken old_sync = groups.sync(sync_call(group.ids[1], generation));
  const CallToken back = groups.join({.instance_id = "i1"});
  EXPECT_EQ(groups.synced(old_sync).error, ErrorCode::kFencedInstanceId);
  EXPECT_EQ(groups.state(), GroupState::kPreparingRebalance) << "the leader may be assigning to the old id";
  groups.join({.member_id = group.ids[0], .instance_id = "i0"});
  EXPECT_EQ(groups.joined(back).generation, generation + 1);
}

TEST(GroupStatic, a_leader_that_restarts_is_not_made_to_assign_for_a_stable_group) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  const JoinAnswer old_client = groups.joined(groups.join({.instance_id = "i0"}));
  EXPECT_EQ(old_client.leader, group.ids[0]) << "a name that is not its own, so that it does not assign";
  EXPECT_TRUE(old_client.members.empty());
  EXPECT_FALSE(old_client.skip_assignment);
  const JoinAnswer new_client = groups.joined(groups.join({.instance_id = "i0", .skip_assignment = true}));
  EXPECT_EQ(new_client.leader, new_client.member_id);
  EXPECT_EQ(new_client.members.size(), 2U) << "it may watch the subscribed topics";
  EXPECT_TRUE(new_client.skip_assignment);
  const JoinAnswer follower = groups.joined(groups.join({.instance_id = "i1", .skip_assignment = true}));
  EXPECT_FALSE(follower.skip_assignment);
  EXPECT_EQ(groups.state(), GroupState::kStable);
}

TEST(GroupStatic, a_restart_that_changes_the_chosen_protocol_begins_a_rebalance) {
  Groups groups(kNoDelay);
  const std::vector<MemberProtocol> both = {{"range", ""}, {"sticky", ""}};
  const StableGroup group = make_stable(groups, std::vector<JoinSpec>{{.instance_id = "i0", .protocols = both},
                                                                      {.instance_id = "i1", .protocols = both}});
  const CallToken back = groups.join({.instance_id = "i1", .protocols = {{"sticky", ""}}});
  EXPECT_EQ(groups.state(), GroupState::kPreparingRebalance);
  groups.join({.member_id = group.ids[0], .instance_id = "i0", .protocols = both});
  EXPECT_EQ(groups.joined(back).protocol, "sticky");
}

TEST(GroupStatic, a_member_that_is_away_stays_through_a_rebalance_until_its_session_ends) {
  Groups groups(kNoDelay);
  const std::vector<JoinSpec> specs = {{.client = "a", .session = 30s, .rebalance = 10s},
                                       {.client = "b", .instance_id = "i1", .session = 30s, .rebalance = 10s}};
  const StableGroup group = make_stable(groups, specs);
  const CallToken first = groups.join({.member_id = group.ids[0], .session = 30s, .rebalance = 10s});
  groups.pass(10s);
  const JoinAnswer answer = groups.joined(first);
  EXPECT_EQ(answer.members.size(), 2U) << "its partitions are kept for it";
  groups.sync(sync_call(group.ids[0], answer.generation, {{group.ids[0], "0"}, {group.ids[1], "1"}}));
  groups.pass(10s);
  EXPECT_EQ(groups.heartbeat(group.ids[0], answer.generation), ErrorCode::kNone)
      << "it was not told this generation, so it need not have synced";
  const JoinAnswer back = groups.joined(groups.join({.instance_id = "i1", .session = 30s, .rebalance = 10s}));
  EXPECT_EQ(groups.synced(groups.sync(sync_call(back.member_id, back.generation))).assignment, "1");
}

TEST(GroupStatic, a_member_that_dies_after_its_wait_was_interrupted_is_out_when_its_session_ends) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  groups.join({.member_id = group.ids[0], .instance_id = "i0"});
  groups.join({.member_id = group.ids[1], .instance_id = "i1"});
  SyncCall sync = sync_call(group.ids[1], group.generation + 1);
  sync.instance_id = "i1";
  const CallToken interrupted = groups.sync(sync);
  groups.pass(5s);
  groups.join({.client = "third"});
  EXPECT_EQ(groups.synced(interrupted).error, ErrorCode::kRebalanceInProgress);
  groups.pass(10s - 1ms);
  EXPECT_TRUE(groups.has(group.ids[1]));
  groups.pass(1ms);
  EXPECT_FALSE(groups.has(group.ids[1]));
}

TEST(GroupStatic, a_rebalance_in_which_only_absent_static_members_are_left_waits_for_their_sessions) {
  Groups groups(kNoDelay);
  const std::vector<JoinSpec> specs = {{.client = "a", .session = 6s, .rebalance = 1s},
                                       {.client = "b", .instance_id = "i1", .session = 60s, .rebalance = 1s}};
  const StableGroup group = make_stable(groups, specs);
  groups.leave_one(group.ids[0]);
  groups.pass(59s);
  EXPECT_EQ(groups.state(), GroupState::kPreparingRebalance);
  EXPECT_TRUE(groups.has(group.ids[1]));
  groups.pass(1s);
  EXPECT_EQ(groups.state(), GroupState::kEmpty);
}

TEST(GroupStatic, a_full_group_lets_a_static_member_come_back) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_members = 2});
  make_stable(groups, kTwoStatic);
  EXPECT_EQ(groups.joined(groups.join({.instance_id = "i1"})).error, ErrorCode::kNone);
  EXPECT_EQ(groups.joined(groups.join({.instance_id = "i2"})).error, ErrorCode::kGroupMaxSizeReached);
}

TEST(GroupStatic, a_tool_removes_a_static_member_by_its_instance_id) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, kTwoStatic);
  const LeaveAnswer answer = groups.leave({"g", {{"", "i1"}, {"", "i9"}}});
  EXPECT_EQ(answer.members.at(0).error, ErrorCode::kNone);
  EXPECT_EQ(answer.members.at(1).error, ErrorCode::kUnknownMemberId);
  EXPECT_FALSE(groups.has(group.ids[1]));
  EXPECT_EQ(groups.state(), GroupState::kPreparingRebalance);
}

}  // namespace
}  // namespace skerry::platform::kafka
