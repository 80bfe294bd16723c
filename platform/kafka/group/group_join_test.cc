// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {
namespace {

TEST(GroupJoin, the_first_member_begins_the_first_generation_and_leads_it) {
  Groups groups(kNoDelay);
  const JoinAnswer answer = groups.joined(groups.join({.client = "a"}));
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_EQ(answer.generation, 1);
  EXPECT_EQ(answer.protocol_type, "consumer");
  EXPECT_EQ(answer.protocol, "range");
  EXPECT_TRUE(answer.member_id.starts_with("a-")) << answer.member_id;
  EXPECT_EQ(answer.leader, answer.member_id);
  EXPECT_EQ(answer.members, (std::vector<JoinedMember>{{answer.member_id, std::nullopt, "topics"}}));
  EXPECT_FALSE(answer.skip_assignment);
  EXPECT_EQ(groups.state(), GroupState::kCompletingRebalance);
}

TEST(GroupJoin, from_version_4_a_new_member_is_first_given_an_id_and_joins_with_it) {
  Groups groups(kNoDelay);
  const JoinAnswer first = groups.joined(groups.join({.client = "a", .known_id = true}));
  EXPECT_EQ(first.error, ErrorCode::kMemberIdRequired);
  EXPECT_TRUE(first.member_id.starts_with("a-"));
  EXPECT_EQ(groups.size(), 0U);
  const JoinAnswer second = groups.joined(groups.join({.member_id = first.member_id, .known_id = true}));
  EXPECT_EQ(second.error, ErrorCode::kNone);
  EXPECT_EQ(second.member_id, first.member_id);
  EXPECT_EQ(second.generation, 1);
}

TEST(GroupJoin, before_version_4_an_id_is_never_required) {
  // Clients of these versions do not know MEMBER_ID_REQUIRED and hang on it.
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.joined(groups.join({})).error, ErrorCode::kNone);
}

TEST(GroupJoin, an_id_that_was_given_out_is_valid_for_the_session_timeout_and_no_longer) {
  Groups groups(kNoDelay);
  const std::string early = groups.joined(groups.join({.session = 10s, .known_id = true})).member_id;
  groups.pass(1ms);
  const std::string late = groups.joined(groups.join({.session = 10s, .known_id = true})).member_id;
  groups.pass(10s - 1ms);
  EXPECT_EQ(groups.joined(groups.join({.member_id = early})).error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.joined(groups.join({.member_id = late})).error, ErrorCode::kNone);
}

TEST(GroupJoin, a_client_that_asks_for_an_id_again_and_again_can_use_each_of_them) {
  // A client with a blind retry below its two-step join, and a slow network.
  Groups groups(kNoDelay);
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(groups.joined(groups.join({.session = 10s, .known_id = true})).member_id);
    groups.pass(2s);
  }
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 4U);
  const CallToken join = groups.join({.member_id = ids[0]});
  groups.pass(3s);
  EXPECT_EQ(groups.joined(join).error, ErrorCode::kNone) << "the forgotten ids do not stall the group";
  EXPECT_EQ(groups.joined(join).member_id, ids[0]);
}

TEST(GroupJoin, a_rebalance_waits_a_moment_for_who_was_just_given_an_id) {
  Groups groups(kNoDelay);
  const std::string second = groups.joined(groups.join({.known_id = true})).member_id;
  const CallToken first = groups.join({});
  groups.pass(100ms);
  EXPECT_FALSE(groups.answered(first));
  const CallToken joined = groups.join({.member_id = second});
  EXPECT_EQ(groups.joined(first).generation, 1);
  EXPECT_EQ(groups.joined(joined).generation, 1) << "both are in the same generation, without a second rebalance";
}

TEST(GroupJoin, a_rebalance_does_not_wait_longer_than_the_limit_for_an_id_that_nobody_uses) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_pending_member_wait = 2s});
  groups.join({.session = 30min, .known_id = true});
  const CallToken call = groups.join({});
  groups.pass(2s - 1ms);
  EXPECT_FALSE(groups.answered(call));
  groups.pass(1ms);
  EXPECT_EQ(groups.joined(call).error, ErrorCode::kNone);
}

TEST(GroupJoin, the_oldest_unused_id_gives_way_when_there_are_too_many) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_pending_members = 2});
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(groups.joined(groups.join({.known_id = true})).member_id);
  EXPECT_EQ(groups.joined(groups.join({.member_id = ids[0]})).error, ErrorCode::kUnknownMemberId);
  groups.join({.member_id = ids[1]});
  const CallToken last = groups.join({.member_id = ids[2]});
  EXPECT_EQ(groups.joined(last).error, ErrorCode::kNone);
}

TEST(GroupJoin, an_id_that_was_given_out_cannot_be_used_by_a_static_member) {
  Groups groups(kNoDelay);
  const std::string id = groups.joined(groups.join({.known_id = true})).member_id;
  EXPECT_EQ(groups.joined(groups.join({.member_id = id, .instance_id = "i"})).error, ErrorCode::kUnknownMemberId);
}

TEST(GroupJoin, an_unknown_member_id_is_refused_with_or_without_a_group) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.joined(groups.join({.member_id = "who"})).error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.table.size(), 0U);
  make_stable(groups, 1);
  const JoinAnswer answer = groups.joined(groups.join({.member_id = "who"}));
  EXPECT_EQ(answer.error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(answer.member_id, "who");
}

TEST(GroupJoin, session_timeouts_outside_the_bounds_are_refused) {
  Groups groups({.min_session_timeout = 6s, .max_session_timeout = 30min});
  for (const auto bad : {6s - 1ms, 30min + 1ms, 0ms, -1ms})
    EXPECT_EQ(groups.joined(groups.join({.session = bad})).error, ErrorCode::kInvalidSessionTimeout);
  for (const std::chrono::milliseconds good : {std::chrono::milliseconds(6s), std::chrono::milliseconds(30min)})
    EXPECT_EQ(groups.joined(groups.join({.session = good, .known_id = true})).error, ErrorCode::kMemberIdRequired);
}

TEST(GroupJoin, an_empty_group_id_is_refused) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.joined(groups.join({.group = ""})).error, ErrorCode::kInvalidGroupId);
}

TEST(GroupJoin, a_member_without_a_protocol_type_or_protocols_is_refused_and_leaves_no_group) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.joined(groups.join({.protocols = {}})).error, ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(groups.joined(groups.join({.protocol_type = ""})).error, ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(groups.table.size(), 0U);
}

TEST(GroupJoin, members_must_share_the_protocol_type_and_one_protocol) {
  Groups groups(kNoDelay);
  make_stable(groups,
              std::vector<JoinSpec>{{.protocols = {{"range", ""}, {"sticky", ""}}}, {.protocols = {{"range", ""}}}});
  EXPECT_EQ(groups.joined(groups.join({.protocol_type = "connect"})).error, ErrorCode::kInconsistentGroupProtocol);
  EXPECT_EQ(groups.joined(groups.join({.protocols = {{"sticky", ""}}})).error, ErrorCode::kInconsistentGroupProtocol)
      << "only one of the two knows it";
  EXPECT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups.state(), GroupState::kStable) << "a refused call disturbs nobody";
}

TEST(GroupJoin, a_new_set_of_members_may_use_another_protocol_type) {
  Groups groups(kNoDelay);
  const StableGroup old = make_stable(groups, 1);
  groups.leave_one(old.ids[0]);
  const JoinAnswer answer = groups.joined(groups.join({.protocols = {{"eager", ""}}, .protocol_type = "connect"}));
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_EQ(answer.protocol_type, "connect");
  EXPECT_GT(answer.generation, old.generation);
}

TEST(GroupJoin, the_protocol_that_most_prefer_among_those_all_know_is_chosen) {
  Groups groups(kNoDelay);
  const std::vector<JoinSpec> specs = {
      {.protocols = {{"only-a", ""}, {"range", "1r"}, {"sticky", "1s"}}},
      {.protocols = {{"sticky", "2s"}, {"range", "2r"}}},
      {.protocols = {{"sticky", "3s"}, {"range", "3r"}}},
  };
  const StableGroup group = make_stable(groups, specs);
  const DescribedGroup described = groups.table.describe("g");
  EXPECT_EQ(described.protocol, "sticky");
  for (const DescribedMember& member : described.members) EXPECT_TRUE(member.metadata.ends_with("s"));
}

TEST(GroupJoin, among_protocols_with_equal_votes_the_leaders_first_choice_is_taken) {
  Groups groups(kNoDelay);
  make_stable(groups,
              std::vector<JoinSpec>{{.protocols = {{"z", ""}, {"a", ""}}}, {.protocols = {{"a", ""}, {"z", ""}}}});
  EXPECT_EQ(groups.table.describe("g").protocol, "z");
}

TEST(GroupJoin, a_new_member_makes_the_others_join_again) {
  Groups groups(kNoDelay);
  const StableGroup old = make_stable(groups, 1);
  const CallToken second = groups.join({.client = "b"});
  EXPECT_FALSE(groups.answered(second));
  EXPECT_EQ(groups.state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(groups.heartbeat(old.ids[0], old.generation), ErrorCode::kRebalanceInProgress);
  const CallToken first = groups.join({.member_id = old.ids[0]});
  const JoinAnswer leader = groups.joined(first);
  const JoinAnswer follower = groups.joined(second);
  EXPECT_EQ(leader.generation, old.generation + 1);
  EXPECT_EQ(follower.generation, old.generation + 1);
  EXPECT_EQ(leader.leader, old.ids[0]) << "the leader stays while it is there";
  EXPECT_EQ(follower.leader, old.ids[0]);
  EXPECT_EQ(leader.members.size(), 2U);
  EXPECT_TRUE(follower.members.empty()) << "only the leader is told who is there";
}

TEST(GroupJoin, who_does_not_join_again_within_the_rebalance_timeout_is_out) {
  Groups groups(kNoDelay);
  const StableGroup old = make_stable(groups, std::vector<JoinSpec>{{.session = 5min, .rebalance = 30s}});
  const CallToken fresh = groups.join({.session = 5min, .rebalance = 20s});
  groups.pass(30s - 1ms);
  EXPECT_FALSE(groups.answered(fresh)) << "the longest timeout of all members counts";
  groups.pass(1ms);
  const JoinAnswer answer = groups.joined(fresh);
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  EXPECT_EQ(answer.leader, answer.member_id) << "a leader that is late loses its place";
  EXPECT_EQ(answer.members.size(), 1U);
  EXPECT_EQ(groups.heartbeat(old.ids[0], old.generation), ErrorCode::kUnknownMemberId);
}

TEST(GroupJoin, without_a_rebalance_timeout_the_session_timeout_counts) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_session_timeout = 10min});
  make_stable(groups, std::vector<JoinSpec>{{.session = 6s, .rebalance = -1ms}});
  const CallToken fresh = groups.join({.session = 8s, .rebalance = -1ms});
  groups.pass(8s);
  EXPECT_EQ(groups.joined(fresh).error, ErrorCode::kNone);
}

TEST(GroupJoin, a_follower_that_joins_again_with_the_same_metadata_gets_the_current_generation) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const JoinAnswer answer = groups.joined(groups.join({.member_id = group.ids[1]}));
  EXPECT_EQ(answer.generation, group.generation);
  EXPECT_EQ(answer.leader, group.ids[0]);
  EXPECT_TRUE(answer.members.empty());
  EXPECT_EQ(groups.state(), GroupState::kStable);
  const SyncAnswer assignment = groups.synced(groups.sync(sync_call(group.ids[1], group.generation)));
  EXPECT_EQ(assignment.assignment, "of " + group.ids[1]);
}

TEST(GroupJoin, a_follower_with_changed_metadata_begins_a_rebalance) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const CallToken call = groups.join({.member_id = group.ids[1], .protocols = {{"range", "other topics"}}});
  EXPECT_FALSE(groups.answered(call));
  const JoinAnswer leader = groups.joined(groups.join({.member_id = group.ids[0]}));
  EXPECT_EQ(leader.generation, group.generation + 1);
  EXPECT_TRUE(std::ranges::count(leader.members, "other topics", &JoinedMember::metadata));
}

TEST(GroupJoin, a_leader_that_joins_again_begins_a_rebalance) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const CallToken call = groups.join({.member_id = group.ids[0]});
  EXPECT_FALSE(groups.answered(call));
  EXPECT_EQ(groups.state(), GroupState::kPreparingRebalance);
}

TEST(GroupJoin, while_a_rebalance_completes_a_member_that_missed_its_answer_gets_it_again) {
  Groups groups(kNoDelay);
  const JoinAnswer first = groups.joined(groups.join({}));
  EXPECT_EQ(groups.joined(groups.join({.member_id = first.member_id})), first) << "the leader with all members";
  EXPECT_EQ(groups.state(), GroupState::kCompletingRebalance);
}

TEST(GroupJoin, a_call_that_is_made_again_replaces_the_first_one) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const CallToken lost = groups.join({.member_id = group.ids[0]});
  const CallToken again = groups.join({.member_id = group.ids[0]});
  EXPECT_EQ(groups.joined(lost).error, ErrorCode::kRebalanceInProgress);
  groups.join({.member_id = group.ids[1]});
  EXPECT_EQ(groups.joined(again).error, ErrorCode::kNone);
}

TEST(GroupJoin, a_full_group_takes_nobody_in_until_one_leaves) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_members = 2});
  const StableGroup group = make_stable(groups, 2);
  EXPECT_EQ(groups.joined(groups.join({})).error, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(groups.joined(groups.join({.known_id = true})).error, ErrorCode::kGroupMaxSizeReached);
  EXPECT_EQ(groups.joined(groups.join({.member_id = group.ids[1]})).error, ErrorCode::kNone)
      << "members may join again";
  groups.leave_one(group.ids[1]);
  const CallToken fresh = groups.join({});
  groups.join({.member_id = group.ids[0]});
  EXPECT_EQ(groups.joined(fresh).error, ErrorCode::kNone);
}

TEST(GroupJoin, metadata_beyond_the_limit_of_a_group_is_refused) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_metadata_bytes = 1'000});
  const std::string big(600, 'x');
  const StableGroup group = make_stable(groups, std::vector<JoinSpec>{{.protocols = {{"range", big}}}});
  EXPECT_EQ(groups.joined(groups.join({.protocols = {{"range", big}}})).error, ErrorCode::kMessageTooLarge);
  EXPECT_EQ(groups.joined(groups.join({.member_id = group.ids[0], .protocols = {{"range", big + "y"}}})).error,
            ErrorCode::kNone)
      << "what a member had before does not count";
}

TEST(GroupJoin, more_protocols_than_the_limit_are_refused) {
  Groups groups(kNoDelay);
  const std::vector<MemberProtocol> many(kMaxMemberProtocols + 1, {"range", ""});
  EXPECT_EQ(groups.joined(groups.join({.protocols = many})).error, ErrorCode::kInvalidRequest);
}

}  // namespace
}  // namespace skerry::platform::kafka
