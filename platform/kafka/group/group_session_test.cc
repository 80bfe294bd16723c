// SPDX-License-Identifier: Apache-2.0
//
// Heartbeats, sessions, and the delay of the first rebalance.
#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {
namespace {

TEST(GroupSession, heartbeats_keep_a_member_in_the_group) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  for (int i = 0; i < 10; ++i) {
    groups.pass(10s - 1ms);
    ASSERT_EQ(groups.heartbeat(group.ids[0], group.generation), ErrorCode::kNone);
  }
}

TEST(GroupSession, a_member_without_heartbeats_is_out_when_its_session_ends) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  groups.pass(4s);
  groups.heartbeat(group.ids[1], group.generation);
  groups.pass(6s - 1ms);
  EXPECT_TRUE(groups.has(group.ids[0]));
  groups.pass(1ms);
  EXPECT_FALSE(groups.has(group.ids[0]));
  EXPECT_EQ(groups.heartbeat(group.ids[0], group.generation), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.heartbeat(group.ids[1], group.generation), ErrorCode::kRebalanceInProgress);
  const JoinAnswer answer = groups.joined(groups.join({.member_id = group.ids[1]}));
  EXPECT_EQ(answer.leader, group.ids[1]);
  EXPECT_EQ(answer.generation, group.generation + 1);
}

TEST(GroupSession, heartbeats_of_unknown_members_and_other_generations_are_refused_and_keep_nobody_alive) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.heartbeat("who", 1), ErrorCode::kUnknownMemberId) << "no such group";
  EXPECT_EQ(groups.table.heartbeat({"", 1, "who", {}}, groups.now), ErrorCode::kInvalidGroupId);
  const StableGroup group = make_stable(groups, 1);
  EXPECT_EQ(groups.heartbeat("who", group.generation), ErrorCode::kUnknownMemberId);
  groups.pass(9s);
  EXPECT_EQ(groups.heartbeat(group.ids[0], group.generation - 1), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(groups.heartbeat(group.ids[0], group.generation + 1), ErrorCode::kIllegalGeneration);
  groups.pass(1s);
  EXPECT_EQ(groups.size(), 0U);
}

TEST(GroupSession, heartbeats_are_taken_while_a_rebalance_completes) {
  Groups groups(kNoDelay);
  const JoinAnswer joined = groups.joined(groups.join({}));
  groups.pass(9s);
  EXPECT_EQ(groups.heartbeat(joined.member_id, joined.generation), ErrorCode::kNone);
  groups.pass(9s);
  EXPECT_TRUE(groups.has(joined.member_id));
}

TEST(GroupSession, a_member_that_waits_for_a_rebalance_needs_no_heartbeats) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, std::vector<JoinSpec>{{.session = 6s}, {.session = 50s}});
  const CallToken waiting = groups.join({.member_id = group.ids[0], .session = 6s});
  groups.pass(49s);
  EXPECT_FALSE(groups.answered(waiting));
  EXPECT_TRUE(groups.has(group.ids[0]));
  groups.join({.member_id = group.ids[1], .session = 50s});
  groups.pass(5s);
  EXPECT_TRUE(groups.has(group.ids[0])) << "its session begins with the answer";
  groups.pass(1s);
  EXPECT_FALSE(groups.has(group.ids[0]));
}

TEST(GroupSession, a_new_member_is_not_waited_with_for_ever) {
  Groups groups(kNoDelay);
  make_stable(groups, std::vector<JoinSpec>{{.session = 30min, .rebalance = 20min}});
  const CallToken fresh = groups.join({.session = 30min, .rebalance = 20min});
  groups.pass(kNewMemberJoinTimeout - 1ms);
  EXPECT_FALSE(groups.answered(fresh));
  groups.pass(1ms);
  EXPECT_EQ(groups.joined(fresh).error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.size(), 1U);
}

TEST(GroupSession, a_member_that_was_told_a_generation_before_is_waited_with_longer) {
  Groups groups(kNoDelay);
  const JoinSpec slow{.session = 30min, .rebalance = 20min};
  const StableGroup group = make_stable(groups, {slow, slow});
  JoinSpec again = slow;
  again.member_id = group.ids[0];
  const CallToken waiting = groups.join(again);
  groups.pass(kNewMemberJoinTimeout + 1s);
  EXPECT_FALSE(groups.answered(waiting));
  again.member_id = group.ids[1];
  groups.join(again);
  EXPECT_EQ(groups.joined(waiting).error, ErrorCode::kNone);
}

TEST(GroupSession, a_member_whose_connection_went_away_while_it_waited_stays_until_its_session_ends) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, std::vector<JoinSpec>{{.session = 20s}, {.session = 20s}});
  const CallToken lost = groups.join({.member_id = group.ids[0], .session = 20s});
  groups.pass(15s);
  groups.abandon(lost);
  EXPECT_EQ(groups.heartbeat(group.ids[1], group.generation), ErrorCode::kRebalanceInProgress);
  groups.pass(10s);
  EXPECT_TRUE(groups.has(group.ids[0]));
  const CallToken again = groups.join({.member_id = group.ids[0], .session = 20s});
  const CallToken other = groups.join({.member_id = group.ids[1], .session = 20s});
  EXPECT_EQ(groups.joined(again).error, ErrorCode::kNone) << "and may come back until then";
  EXPECT_EQ(groups.joined(other).generation, group.generation + 1);
  EXPECT_FALSE(groups.answered(lost));
}

TEST(GroupSession, a_member_whose_connection_went_away_does_not_hold_up_the_others_nor_lead_them) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  groups.abandon(groups.join({.member_id = group.ids[0]}));
  const JoinAnswer answer = groups.joined(groups.join({.member_id = group.ids[1]}));
  EXPECT_EQ(answer.leader, group.ids[1]);
  EXPECT_EQ(answer.members.size(), 2U);
  groups.sync(sync_call(group.ids[1], answer.generation));
  groups.pass(9s);
  EXPECT_EQ(groups.heartbeat(group.ids[1], answer.generation), ErrorCode::kNone);
  groups.pass(1s);
  EXPECT_FALSE(groups.has(group.ids[0])) << "its session began when the connection went";
}

TEST(GroupSession, a_member_whose_connection_went_away_in_sync_may_ask_again) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  groups.join({.member_id = group.ids[0]});
  groups.join({.member_id = group.ids[1]});
  const std::int32_t generation = group.generation + 1;
  const CallToken lost = groups.sync(sync_call(group.ids[1], generation));
  groups.abandon(lost);
  groups.sync(sync_call(group.ids[0], generation, {{group.ids[1], "1"}}));
  EXPECT_FALSE(groups.answered(lost));
  EXPECT_EQ(groups.synced(groups.sync(sync_call(group.ids[1], generation))).assignment, "1");
}

TEST(GroupSession, a_member_whose_connection_went_away_in_sync_must_ask_again_in_time) {
  Groups groups(kNoDelay);
  const std::vector<JoinSpec> specs(2, {.session = 5min, .rebalance = 20s});
  const StableGroup group = make_stable(groups, specs);
  for (const std::string& id : group.ids) {
    JoinSpec again = specs[0];
    again.member_id = id;
    groups.join(again);
  }
  const std::int32_t generation = group.generation + 1;
  groups.abandon(groups.sync(sync_call(group.ids[1], generation)));
  groups.sync(sync_call(group.ids[0], generation));
  groups.pass(20s - 1ms);
  EXPECT_EQ(groups.heartbeat(group.ids[1], generation), ErrorCode::kNone);
  groups.pass(1ms);
  EXPECT_FALSE(groups.has(group.ids[1])) << "it was never told its share";
  EXPECT_TRUE(groups.has(group.ids[0]));
}

TEST(GroupSession, a_call_that_was_answered_cannot_be_abandoned) {
  Groups groups(kNoDelay);
  const CallToken call = groups.join({});
  const std::string id = groups.joined(call).member_id;
  groups.pass(5s);
  groups.abandon(call);
  groups.pass(5s);
  EXPECT_FALSE(groups.has(id)) << "it did not begin the session again";
}

// ---- the first rebalance of an empty group

TEST(GroupInitialDelay, the_first_rebalance_waits_so_that_members_that_start_together_begin_together) {
  Groups groups({.initial_rebalance_delay = 3s});
  const CallToken first = groups.join({.client = "a"});
  groups.pass(3s - 1ms);
  EXPECT_FALSE(groups.answered(first));
  const CallToken second = groups.join({.client = "b"});
  groups.pass(3s);
  EXPECT_FALSE(groups.answered(first)) << "each newcomer extends the delay";
  groups.pass(1ms);
  EXPECT_EQ(groups.joined(first).generation, 1);
  EXPECT_EQ(groups.joined(second).generation, 1);
}

TEST(GroupInitialDelay, newcomers_extend_the_delay_only_up_to_the_rebalance_timeout) {
  Groups groups({.initial_rebalance_delay = 3s});
  const CallToken first = groups.join({.rebalance = 8s});
  for (int i = 0; i < 4; ++i) {
    groups.pass(2s - 1ms);
    EXPECT_FALSE(groups.answered(first));
    groups.join({.rebalance = 8s});
  }
  groups.pass(4ms);
  EXPECT_EQ(groups.joined(first).members.size(), 5U);
}

TEST(GroupInitialDelay, later_rebalances_have_no_delay) {
  Groups groups({.initial_rebalance_delay = 3s});
  const CallToken first = groups.join({});
  groups.pass(3s);
  const std::string id = groups.joined(first).member_id;
  const CallToken second = groups.join({});
  groups.join({.member_id = id});
  EXPECT_EQ(groups.joined(second).generation, 2);
}

TEST(GroupInitialDelay, members_that_all_leave_during_the_delay_leave_an_empty_group) {
  Groups groups({.initial_rebalance_delay = 3s});
  const std::string id = groups.joined(groups.join({.known_id = true})).member_id;
  const CallToken call = groups.join({.member_id = id});
  groups.leave_one(id);
  EXPECT_EQ(groups.joined(call).error, ErrorCode::kUnknownMemberId);
  groups.pass(3s);
  EXPECT_EQ(groups.state(), GroupState::kEmpty);
  const CallToken next = groups.join({.protocol_type = "connect"});
  groups.pass(3s);
  EXPECT_EQ(groups.joined(next).error, ErrorCode::kNone);
}

}  // namespace
}  // namespace skerry::platform::kafka
