// SPDX-License-Identifier: Apache-2.0
//
// Who may commit offsets when.
#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {
namespace {

TEST(GroupCommit, a_member_of_the_current_generation_may_commit_and_that_keeps_it_alive) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  groups.pass(9s);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation), ErrorCode::kNone);
  groups.pass(9s);
  EXPECT_TRUE(groups.has(group.ids[0]));
}

TEST(GroupCommit, unknown_members_and_other_generations_are_refused) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  EXPECT_EQ(groups.commit("who", group.generation), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation - 1), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation + 1), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(groups.commit(group.ids[0], kNoGeneration), ErrorCode::kIllegalGeneration);
}

TEST(GroupCommit, while_a_rebalance_is_prepared_members_still_commit_what_they_did) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  groups.join({.client = "b"});
  ASSERT_EQ(groups.state(), GroupState::kPreparingRebalance);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation), ErrorCode::kNone);
}

TEST(GroupCommit, once_the_next_generation_has_begun_the_previous_one_cannot_commit) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 1);
  groups.join({.member_id = group.ids[0]});
  ASSERT_EQ(groups.state(), GroupState::kCompletingRebalance);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation), ErrorCode::kIllegalGeneration);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation + 1), ErrorCode::kRebalanceInProgress);
}

TEST(GroupCommit, senders_outside_of_the_group_may_commit_only_while_it_has_no_members) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.commit("", kNoGeneration), ErrorCode::kNone) << "no group at all";
  EXPECT_EQ(groups.table.check_commit({"", kNoGeneration, "", {}}, groups.now), ErrorCode::kNone);
  const StableGroup group = make_stable(groups, 1);
  EXPECT_EQ(groups.commit("", kNoGeneration), ErrorCode::kUnknownMemberId);
  groups.leave_one(group.ids[0]);
  EXPECT_EQ(groups.commit("", kNoGeneration), ErrorCode::kNone);
}

TEST(GroupCommit, a_member_of_a_group_that_is_gone_is_refused) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.commit("who", 3), ErrorCode::kIllegalGeneration);
  const StableGroup group = make_stable(groups, 1);
  groups.pass(10s);
  EXPECT_EQ(groups.state(), GroupState::kEmpty);
  EXPECT_EQ(groups.commit(group.ids[0], group.generation), ErrorCode::kUnknownMemberId);
}

}  // namespace
}  // namespace skerry::platform::kafka
