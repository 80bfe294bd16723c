// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {
namespace {

TEST(GroupLeave, a_member_that_leaves_makes_the_others_rebalance_at_once) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 3);
  EXPECT_EQ(groups.leave_one(group.ids[0]), ErrorCode::kNone);
  EXPECT_EQ(groups.heartbeat(group.ids[1], group.generation), ErrorCode::kRebalanceInProgress);
  const CallToken first = groups.join({.member_id = group.ids[1]});
  groups.join({.member_id = group.ids[2]});
  EXPECT_EQ(groups.joined(first).error, ErrorCode::kNone);
  EXPECT_NE(groups.joined(first).leader, group.ids[0]);
}

TEST(GroupLeave, the_last_member_that_leaves_makes_the_group_empty) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  groups.leave_one(group.ids[0]);
  EXPECT_EQ(groups.state(), GroupState::kEmpty);
  EXPECT_EQ(groups.heartbeat(group.ids[0], group.generation), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.table.list(), (std::vector<ListedGroup>{{"g", "consumer", GroupState::kEmpty}}));
}

TEST(GroupLeave, the_last_member_is_gone_at_once_although_another_one_was_announced) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  const std::string announced = groups.joined(groups.join({.known_id = true})).member_id;
  groups.leave_one(group.ids[0]);
  EXPECT_EQ(groups.state(), GroupState::kEmpty);
  EXPECT_EQ(groups.joined(groups.join({.member_id = announced})).error, ErrorCode::kNone);
}

TEST(GroupLeave, several_leave_in_one_call_with_an_answer_each) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 3);
  const std::string pending = groups.joined(groups.join({.known_id = true})).member_id;
  const LeaveAnswer answer =
      groups.leave({"g", {{group.ids[0], {}}, {"who", {}}, {group.ids[1], {}}, {pending, {}}, {group.ids[0], {}}}});
  EXPECT_EQ(answer.error, ErrorCode::kNone);
  std::vector<ErrorCode> errors;
  for (const auto& member : answer.members) errors.push_back(member.error);
  EXPECT_EQ(errors, (std::vector<ErrorCode>{ErrorCode::kNone, ErrorCode::kUnknownMemberId, ErrorCode::kNone,
                                            ErrorCode::kNone, ErrorCode::kUnknownMemberId}));
  EXPECT_EQ(answer.members.at(1).member, (LeavingMember{"who", std::nullopt}));
  EXPECT_EQ(groups.size(), 1U);
}

TEST(GroupLeave, a_group_that_is_not_known_has_no_members) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.leave({"g", {{"who", {}}}}).error, ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.leave({"", {{"who", {}}}}).error, ErrorCode::kInvalidGroupId);
}

TEST(GroupLeave, a_member_that_leaves_on_a_second_connection_ends_its_own_waiting_calls) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const CallToken join = groups.join({.member_id = group.ids[0]});
  groups.leave_one(group.ids[0]);
  EXPECT_EQ(groups.joined(join).error, ErrorCode::kUnknownMemberId);
  const std::int32_t generation = groups.joined(groups.join({.member_id = group.ids[1]})).generation;
  // The same in SyncGroup, where a follower waits for its leader.
  const CallToken fresh = groups.join({});
  groups.join({.member_id = group.ids[1]});
  const std::string follower = groups.joined(fresh).member_id;
  const CallToken sync = groups.sync(sync_call(follower, generation + 1));
  groups.leave_one(follower);
  EXPECT_EQ(groups.synced(sync).error, ErrorCode::kUnknownMemberId);
}

TEST(GroupLeave, the_last_one_that_was_waited_for_leaves_and_the_rebalance_goes_on) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const CallToken waiting = groups.join({.member_id = group.ids[0]});
  groups.leave_one(group.ids[1]);
  EXPECT_EQ(groups.joined(waiting).error, ErrorCode::kNone);
}

TEST(GroupLeave, an_id_that_was_given_out_and_is_given_back_does_not_disturb_the_group) {
  Groups groups(kNoDelay);
  make_stable(groups, 1);
  const std::string pending = groups.joined(groups.join({.known_id = true})).member_id;
  EXPECT_EQ(groups.leave_one(pending), ErrorCode::kNone);
  EXPECT_EQ(groups.state(), GroupState::kStable);
  EXPECT_EQ(groups.joined(groups.join({.member_id = pending})).error, ErrorCode::kUnknownMemberId);
}

}  // namespace
}  // namespace skerry::platform::kafka
