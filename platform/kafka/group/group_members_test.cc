// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_members.h"

#include <gtest/gtest.h>

namespace skerry::platform::kafka {
namespace {

GroupMember member(std::string id, std::vector<MemberProtocol> protocols = {{"range", "m"}}) {
  GroupMember made;
  made.id = std::move(id);
  made.protocols = std::move(protocols);
  return made;
}

TEST(GroupMembers, one_of_the_members_always_leads) {
  GroupMembers members;
  EXPECT_EQ(members.leader(), "");
  EXPECT_FALSE(members.is_leader("")) << "an empty group has no leader";
  members.add(member("b"));
  members.add(member("a"));
  EXPECT_EQ(members.leader(), "b") << "the first one";
  members.remove("b");
  EXPECT_EQ(members.leader(), "a");
  members.remove("a");
  EXPECT_EQ(members.leader(), "");
}

TEST(GroupMembers, a_leader_that_has_joined_stays_and_one_that_has_not_makes_room) {
  GroupMembers members;
  GroupMember& first = members.add(member("a"));
  GroupMember& second = members.add(member("b"));
  EXPECT_FALSE(members.elect_leader()) << "nobody has joined";
  second.joined = true;
  EXPECT_TRUE(members.elect_leader());
  EXPECT_EQ(members.leader(), "b");
  first.joined = true;
  first.join_call = 1;
  EXPECT_TRUE(members.elect_leader());
  EXPECT_EQ(members.leader(), "a") << "the client of the other one is gone";
  second.join_call = 2;
  EXPECT_TRUE(members.elect_leader());
  EXPECT_EQ(members.leader(), "a");
}

TEST(GroupMembers, a_renamed_member_keeps_its_instance_and_its_lead) {
  GroupMembers members;
  GroupMember made = member("old");
  made.instance_id = "i";
  members.add(std::move(made));
  members.rename("old", "new");
  EXPECT_EQ(members.find("old"), nullptr);
  ASSERT_NE(members.find_static("i"), nullptr);
  EXPECT_EQ(members.find_static("i")->id, "new");
  EXPECT_EQ(members.leader(), "new");
  members.remove("new");
  EXPECT_EQ(members.find_static("i"), nullptr);
}

TEST(GroupMembers, protocols_count_when_all_know_them) {
  GroupMembers members;
  members.add(member("a", {{"x", ""}, {"y", "ay"}, {"z", ""}}));
  members.add(member("b", {{"z", ""}, {"y", "by"}}));
  EXPECT_TRUE(members.all_support_one_of({{"w", ""}, {"z", ""}}));
  EXPECT_FALSE(members.all_support_one_of({{"x", ""}}));
  EXPECT_EQ(members.choose_protocol(), "y") << "one vote each, and the leader prefers y";
  EXPECT_EQ(members.find("b")->metadata("y"), "by");
  EXPECT_EQ(members.find("b")->metadata("x"), "");
  EXPECT_EQ(members.metadata_bytes(), 9U);
}

}  // namespace
}  // namespace skerry::platform::kafka
