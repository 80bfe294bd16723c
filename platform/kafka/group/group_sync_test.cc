// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {
namespace {

// Two members that have just been told generation 2; the first one leads.
struct Completing {
  Groups groups{kNoDelay};
  std::string leader;
  std::string follower;

  Completing() {
    leader = groups.joined(groups.join({.client = "leader"})).member_id;
    const CallToken second = groups.join({.client = "follower"});
    groups.join({.member_id = leader});
    follower = groups.joined(second).member_id;
    EXPECT_EQ(groups.state(), GroupState::kCompletingRebalance);
  }
  CallToken assign() { return groups.sync(sync_call(leader, 2, {{leader, "0"}, {follower, "1"}})); }
};

TEST(GroupSync, followers_wait_until_the_leader_has_assigned) {
  Completing group;
  const CallToken waiting = group.groups.sync(sync_call(group.follower, 2));
  EXPECT_FALSE(group.groups.answered(waiting));
  const CallToken leading = group.assign();
  EXPECT_EQ(group.groups.synced(leading).assignment, "0");
  const SyncAnswer answer = group.groups.synced(waiting);
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_EQ(answer.assignment, "1");
  EXPECT_EQ(answer.protocol_type, "consumer");
  EXPECT_EQ(answer.protocol, "range");
  EXPECT_EQ(group.groups.state(), GroupState::kStable);
}

TEST(GroupSync, a_follower_that_asks_later_gets_its_assignment_at_once) {
  Completing group;
  group.assign();
  EXPECT_EQ(group.groups.synced(group.groups.sync(sync_call(group.follower, 2))).assignment, "1");
}

TEST(GroupSync, what_a_follower_assigns_is_ignored) {
  Completing group;
  group.groups.sync(sync_call(group.follower, 2, {{group.follower, "all of it"}}));
  EXPECT_EQ(group.groups.state(), GroupState::kCompletingRebalance);
  group.assign();
  EXPECT_EQ(group.groups.synced(group.groups.sync(sync_call(group.follower, 2))).assignment, "1");
}

TEST(GroupSync, a_leader_assigns_once_in_a_generation) {
  Completing group;
  group.assign();
  const CallToken again = group.groups.sync(sync_call(group.leader, 2, {{group.leader, "changed"}}));
  EXPECT_EQ(group.groups.synced(again).assignment, "0");
}

TEST(GroupSync, a_member_the_leader_forgot_gets_nothing_and_a_stranger_is_ignored) {
  Completing group;
  group.groups.sync(sync_call(group.leader, 2, {{group.leader, "0"}, {"stranger", "1"}}));
  const SyncAnswer answer = group.groups.synced(group.groups.sync(sync_call(group.follower, 2)));
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_EQ(answer.assignment, "");
  EXPECT_EQ(group.groups.size(), 2U);
}

TEST(GroupSync, a_member_the_leader_forgot_does_not_keep_its_share_of_the_previous_generation) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const CallToken first = groups.join({.member_id = group.ids[0]});
  groups.join({.member_id = group.ids[1]});
  const std::int32_t generation = groups.joined(first).generation;
  groups.sync(sync_call(group.ids[0], generation, {{group.ids[0], "all of it"}}));
  EXPECT_EQ(groups.synced(groups.sync(sync_call(group.ids[1], generation))).assignment, "");
}

TEST(GroupSync, unknown_members_and_other_generations_are_refused) {
  Completing group;
  Groups& groups = group.groups;
  EXPECT_EQ(groups.synced(groups.sync(sync_call("who", 2))).error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.synced(groups.sync(sync_call(group.follower, 1))).error, ErrorCode::kIllegalGeneration);
  EXPECT_EQ(groups.synced(groups.sync(sync_call(group.follower, 3))).error, ErrorCode::kIllegalGeneration);
  SyncCall elsewhere = sync_call(group.follower, 2);
  elsewhere.group = "other";
  EXPECT_EQ(groups.synced(groups.sync(elsewhere)).error, ErrorCode::kUnknownMemberId);
  elsewhere.group = "";
  EXPECT_EQ(groups.synced(groups.sync(elsewhere)).error, ErrorCode::kInvalidGroupId);
}

TEST(GroupSync, from_version_5_the_protocol_must_be_the_groups) {
  Completing group;
  SyncCall call = sync_call(group.follower, 2);
  call.protocol_type = "connect";
  EXPECT_EQ(group.groups.synced(group.groups.sync(call)).error, ErrorCode::kInconsistentGroupProtocol);
  call.protocol_type = "consumer";
  call.protocol = "sticky";
  EXPECT_EQ(group.groups.synced(group.groups.sync(call)).error, ErrorCode::kInconsistentGroupProtocol);
  call.protocol = "range";
  const CallToken waiting = group.groups.sync(call);
  group.assign();
  EXPECT_EQ(group.groups.synced(waiting).error, ErrorCode::kNone);
}

TEST(GroupSync, assignments_beyond_the_limit_are_refused_and_the_leader_may_try_again) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_metadata_bytes = 1'000});
  const std::string id = groups.joined(groups.join({})).member_id;
  EXPECT_EQ(groups.synced(groups.sync(sync_call(id, 1, {{id, std::string(1'001, 'x')}}))).error,
            ErrorCode::kMessageTooLarge);
  EXPECT_EQ(groups.synced(groups.sync(sync_call(id, 1, {{id, std::string(1'000, 'x')}}))).error, ErrorCode::kNone);
}

TEST(GroupSync, while_a_rebalance_is_prepared_members_are_told_to_join) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  groups.join({});
  EXPECT_EQ(groups.synced(groups.sync(sync_call(group.ids[1], group.generation))).error,
            ErrorCode::kRebalanceInProgress);
}

TEST(GroupSync, a_new_rebalance_ends_the_wait_for_the_assignment_of_the_old_one) {
  Completing group;
  const CallToken waiting = group.groups.sync(sync_call(group.follower, 2));
  group.groups.join({.client = "third"});
  EXPECT_EQ(group.groups.synced(waiting).error, ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(group.groups.synced(group.assign()).error, ErrorCode::kRebalanceInProgress)
      << "and the assignment of the old one comes too late";
}

TEST(GroupSync, who_does_not_ask_for_its_assignment_within_the_rebalance_timeout_is_out) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(
      groups, std::vector<JoinSpec>{{.session = 5min, .rebalance = 20s}, {.session = 5min, .rebalance = 20s}});
  // A third generation, in which the leader does not sync although it lives.
  const CallToken first = groups.join({.member_id = group.ids[0], .session = 5min, .rebalance = 20s});
  groups.join({.member_id = group.ids[1], .session = 5min, .rebalance = 20s});
  const std::int32_t generation = groups.joined(first).generation;
  const CallToken waiting = groups.sync(sync_call(group.ids[1], generation));
  groups.pass(20s - 1ms);
  EXPECT_EQ(groups.heartbeat(group.ids[0], generation), ErrorCode::kNone);
  EXPECT_FALSE(groups.answered(waiting));
  groups.pass(1ms);
  EXPECT_EQ(groups.synced(waiting).error, ErrorCode::kRebalanceInProgress);
  EXPECT_FALSE(groups.has(group.ids[0]));
  EXPECT_EQ(groups.joined(groups.join({.member_id = group.ids[1]})).leader, group.ids[1]);
}

TEST(GroupSync, the_time_to_ask_for_an_assignment_is_that_of_the_members_that_are_left) {
  Groups groups(kNoDelay);
  const JoinSpec patient{.session = 5min, .rebalance = 60s};
  const JoinSpec quick{.client = "quick", .session = 5min, .rebalance = 10s};
  const StableGroup group = make_stable(groups, std::vector<JoinSpec>{patient, quick});
  JoinSpec again = quick;
  again.member_id = group.ids[1];
  again.protocols = {{"range", "other topics"}};
  const CallToken join = groups.join(again);
  groups.leave_one(group.ids[0]);
  EXPECT_EQ(groups.joined(join).error, ErrorCode::kNone);
  groups.pass(10s);
  EXPECT_EQ(groups.size(), 0U) << "the member that left had more time";
}

TEST(GroupSync, a_call_that_is_made_again_replaces_the_first_one) {
  Completing group;
  const CallToken lost = group.groups.sync(sync_call(group.follower, 2));
  const CallToken again = group.groups.sync(sync_call(group.follower, 2));
  EXPECT_EQ(group.groups.synced(lost).error, ErrorCode::kRebalanceInProgress);
  group.assign();
  EXPECT_EQ(group.groups.synced(again).assignment, "1");
}

TEST(GroupSync, a_second_consumer_gets_its_share_while_the_first_one_goes_on) {
  // Heartbeats and calls of both members in the order in which real clients make them, with a third joining meanwhile.
  Groups groups(kNoDelay);
  const StableGroup one = make_stable(groups, 1);
  const std::string second = groups.joined(groups.join({.client = "b", .known_id = true})).member_id;
  EXPECT_EQ(groups.heartbeat(one.ids[0], one.generation), ErrorCode::kNone) << "an id alone is no rebalance";
  const CallToken join_b = groups.join({.member_id = second, .known_id = true});
  EXPECT_EQ(groups.heartbeat(one.ids[0], one.generation), ErrorCode::kRebalanceInProgress);
  EXPECT_EQ(groups.commit(one.ids[0], one.generation), ErrorCode::kNone);
  const std::string third = groups.joined(groups.join({.client = "c", .known_id = true})).member_id;
  const CallToken join_a = groups.join({.member_id = one.ids[0], .known_id = true});
  EXPECT_FALSE(groups.answered(join_b)) << "the third is worth a moment";
  const CallToken join_c = groups.join({.member_id = third, .known_id = true});
  for (const CallToken call : {join_a, join_b, join_c}) {
    EXPECT_EQ(groups.joined(call).error, ErrorCode::kNone);
    EXPECT_EQ(groups.joined(call).generation, one.generation + 1);
  }
  const CallToken sync_b = groups.sync(sync_call(second, one.generation + 1));
  EXPECT_EQ(groups.heartbeat(second, one.generation + 1), ErrorCode::kNone);
  groups.sync(sync_call(one.ids[0], one.generation + 1, {{one.ids[0], "0"}, {second, "1"}, {third, "2"}}));
  EXPECT_EQ(groups.synced(sync_b).assignment, "1");
  EXPECT_EQ(groups.synced(groups.sync(sync_call(third, one.generation + 1))).assignment, "2");
}

}  // namespace
}  // namespace skerry::platform::kafka
