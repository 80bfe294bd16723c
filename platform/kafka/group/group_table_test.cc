// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_table.h"

#include "platform/kafka/group/group_fixture.h"

namespace skerry::platform::kafka {
namespace {

TEST(GroupTable, groups_do_not_know_each_other) {
  Groups groups(kNoDelay);
  const JoinAnswer one = groups.joined(groups.join({.group = "one"}));
  const JoinAnswer two = groups.joined(groups.join({.protocol_type = "connect", .group = "two"}));
  EXPECT_EQ(one.generation, 1);
  EXPECT_EQ(two.generation, 1);
  EXPECT_EQ(groups.table.heartbeat({"two", 1, one.member_id, {}}, groups.now), ErrorCode::kUnknownMemberId);
  EXPECT_EQ(groups.table.list(), (std::vector<ListedGroup>{{"one", "consumer", GroupState::kCompletingRebalance},
                                                           {"two", "connect", GroupState::kCompletingRebalance}}));
  EXPECT_EQ(groups.table.member_count(), 2U);
  EXPECT_EQ(groups.table.generations(), 2U);
}

TEST(GroupTable, each_group_keeps_its_own_time) {
  Groups groups(kNoDelay);
  groups.join({.session = 6s, .group = "one"});
  groups.pass(1s);
  groups.join({.session = 6s, .group = "two"});
  groups.pass(5s);
  EXPECT_EQ(groups.table.describe("one").state, GroupState::kEmpty);
  EXPECT_EQ(groups.table.describe("two").state, GroupState::kCompletingRebalance);
  groups.pass(1s);
  EXPECT_EQ(groups.table.describe("two").state, GroupState::kEmpty);
  EXPECT_EQ(groups.table.next_tick(), std::nullopt) << "there is nothing left to wait for";
}

TEST(GroupTable, describes_a_stable_group_with_metadata_and_assignments) {
  Groups groups(kNoDelay);
  const StableGroup group =
      make_stable(groups, std::vector<JoinSpec>{{.client = "a", .instance_id = "i0", .protocols = {{"range", "m"}}}});
  const DescribedGroup described = groups.table.describe("g");
  EXPECT_EQ(described.error, ErrorCode::kNone);
  EXPECT_EQ(described.state, GroupState::kStable);
  EXPECT_EQ(described.protocol_type, "consumer");
  EXPECT_EQ(described.protocol, "range");
  EXPECT_EQ(described.members,
            (std::vector<DescribedMember>{{group.ids[0], "i0", "a", "/127.0.0.1", "m", "of " + group.ids[0]}}));
}

TEST(GroupTable, describes_a_group_in_a_rebalance_without_protocol_and_metadata) {
  Groups groups(kNoDelay);
  make_stable(groups, 1);
  groups.join({});
  const DescribedGroup described = groups.table.describe("g");
  EXPECT_EQ(described.state, GroupState::kPreparingRebalance);
  EXPECT_EQ(described.protocol_type, "consumer");
  EXPECT_EQ(described.protocol, "");
  ASSERT_EQ(described.members.size(), 2U);
  for (const DescribedMember& member : described.members) {
    EXPECT_EQ(member.metadata, "");
    EXPECT_EQ(member.assignment, "");
  }
}

TEST(GroupTable, a_group_that_is_not_known_is_dead) {
  Groups groups(kNoDelay);
  const DescribedGroup described = groups.table.describe("never");
  EXPECT_EQ(described.group, "never");
  EXPECT_EQ(described.state, GroupState::kDead);
  EXPECT_EQ(described.error, ErrorCode::kNone);
  EXPECT_EQ(groups.table.state("never"), GroupState::kDead);
}

TEST(GroupTable, states_have_the_names_that_tools_print) {
  EXPECT_EQ(state_name(GroupState::kEmpty), "Empty");
  EXPECT_EQ(state_name(GroupState::kPreparingRebalance), "PreparingRebalance");
  EXPECT_EQ(state_name(GroupState::kCompletingRebalance), "CompletingRebalance");
  EXPECT_EQ(state_name(GroupState::kStable), "Stable");
  EXPECT_EQ(state_name(GroupState::kDead), "Dead");
}

TEST(GroupTable, a_group_is_deleted_only_when_it_has_no_members) {
  Groups groups(kNoDelay);
  EXPECT_EQ(groups.table.delete_group("g"), ErrorCode::kGroupIdNotFound);
  EXPECT_EQ(groups.table.delete_group(""), ErrorCode::kInvalidGroupId);
  const StableGroup group = make_stable(groups, 1);
  EXPECT_EQ(groups.table.delete_group("g"), ErrorCode::kNonEmptyGroup);
  groups.join({.member_id = group.ids[0]});
  EXPECT_EQ(groups.table.delete_group("g"), ErrorCode::kNonEmptyGroup);
  groups.leave_one(group.ids[0]);
  EXPECT_EQ(groups.table.delete_group("g"), ErrorCode::kNone);
  EXPECT_EQ(groups.state(), GroupState::kDead);
  EXPECT_EQ(groups.table.size(), 0U);
}

TEST(GroupTable, an_id_that_is_never_used_leaves_no_group_behind) {
  Groups groups(kNoDelay);
  groups.join({.session = 10s, .known_id = true});
  EXPECT_EQ(groups.table.size(), 1U);
  groups.pass(10s);
  EXPECT_EQ(groups.table.size(), 0U);
}

TEST(GroupTable, when_there_are_too_many_groups_the_one_that_was_empty_longest_gives_way) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_groups = 2});
  groups.join({.session = 6s, .group = "one"});
  groups.pass(1s);
  groups.join({.session = 6s, .group = "two"});
  EXPECT_EQ(groups.joined(groups.join({.group = "three"})).error, ErrorCode::kCoordinatorNotAvailable);
  groups.pass(6s);
  EXPECT_EQ(groups.joined(groups.join({.group = "three"})).error, ErrorCode::kNone);
  EXPECT_EQ(groups.table.describe("one").state, GroupState::kDead);
  EXPECT_EQ(groups.table.describe("two").state, GroupState::kEmpty);
}

TEST(GroupTable, a_group_with_an_id_that_was_given_out_does_not_give_way) {
  Groups groups({.initial_rebalance_delay = 0ms, .max_groups = 1});
  const std::string id = groups.joined(groups.join({.known_id = true})).member_id;
  EXPECT_EQ(groups.joined(groups.join({.group = "other"})).error, ErrorCode::kCoordinatorNotAvailable);
  EXPECT_EQ(groups.joined(groups.join({.member_id = id})).error, ErrorCode::kNone);
}

TEST(GroupTable, closing_answers_every_waiting_call) {
  Groups groups(kNoDelay);
  const StableGroup group = make_stable(groups, 2);
  const CallToken join = groups.join({.member_id = group.ids[0]});
  const std::string leader = groups.joined(groups.join({.group = "other"})).member_id;
  const CallToken second = groups.join({.group = "other"});
  groups.join({.member_id = leader, .group = "other"});
  SyncCall sync = sync_call(groups.joined(second).member_id, 2);
  sync.group = "other";
  const CallToken syncing = groups.sync(sync);
  GroupEffects effects;
  groups.table.close(ErrorCode::kNotCoordinator, effects);
  ASSERT_EQ(effects.joins.size(), 1U);
  EXPECT_EQ(effects.joins[0].first, join);
  EXPECT_EQ(effects.joins[0].second.error, ErrorCode::kNotCoordinator);
  ASSERT_EQ(effects.syncs.size(), 1U);
  EXPECT_EQ(effects.syncs[0].first, syncing);
  EXPECT_EQ(effects.syncs[0].second.error, ErrorCode::kNotCoordinator);
  EXPECT_EQ(groups.table.size(), 0U);
  EXPECT_EQ(groups.table.next_tick(), std::nullopt);
}

}  // namespace
}  // namespace skerry::platform::kafka
