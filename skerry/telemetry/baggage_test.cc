// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/baggage.h"

#include <gtest/gtest.h>

namespace skerry::telemetry {
namespace {

TEST(Baggage, reads_members_in_their_order) {
  const std::optional<Baggage> baggage = Baggage::parse("tenant=blue , user = u1,,\trun=7");
  ASSERT_TRUE(baggage.has_value());
  ASSERT_EQ(baggage->entries().size(), 3U);
  EXPECT_EQ(baggage->entries()[1], (Baggage::Entry{"user", "u1", ""}));
  EXPECT_EQ(baggage->find("run"), "7");
  EXPECT_FALSE(baggage->find("none").has_value());
  EXPECT_EQ(baggage->header(), "tenant=blue,user=u1,run=7");
}

TEST(Baggage, decodes_and_encodes_percent_signs) {
  const std::optional<Baggage> baggage = Baggage::parse("key=%C3%A4%20b%2C%25,other=a=b");
  ASSERT_TRUE(baggage.has_value());
  EXPECT_EQ(baggage->find("key"), "\xC3\xA4 b,%");
  EXPECT_EQ(baggage->find("other"), "a=b");
  EXPECT_EQ(Baggage::parse(baggage->header()), baggage);
}

TEST(Baggage, replaces_what_decodes_to_no_utf8) {
  EXPECT_EQ(Baggage::parse("key=a%FFb")->find("key"),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Baggage, a_lone_percent_sign_stands_for_itself) {
  EXPECT_EQ(Baggage::parse("key=100%")->find("key"), "100%");
  EXPECT_EQ(Baggage::parse("key=%zz1")->find("key"), "%zz1");
  EXPECT_EQ(Baggage::parse("key=%4")->find("key"), "%4");
}

TEST(Baggage, carries_properties_on_unchanged) {
  const std::optional<Baggage> baggage = Baggage::parse("key=value ; ttl=5 ;hidden");
  ASSERT_TRUE(baggage.has_value());
  EXPECT_EQ(baggage->entries()[0].properties, "ttl=5;hidden");
  EXPECT_EQ(baggage->header(), "key=value;ttl=5;hidden");
}

TEST(Baggage, refuses_a_header_with_a_broken_member) {
  for (const char* header : {"key", "=value", "a key=1", "key=a b", "key=\"x\"", "key=1;", "key=1;=2", "key=1;a b",
                             "good=1,b\xC3\xA4"
                             "d=2",
                             "key=a\\b"}) {
    EXPECT_FALSE(Baggage::parse(header).has_value()) << header;
  }
}

TEST(Baggage, an_empty_header_is_empty_baggage) {
  EXPECT_TRUE(Baggage::parse("")->empty());
  EXPECT_TRUE(Baggage::parse(" , ,")->empty());
  EXPECT_EQ(Baggage().header(), "");
}

TEST(Baggage, the_last_value_of_a_key_counts) { EXPECT_EQ(Baggage::parse("a=1,b=2,a=3")->header(), "a=3,b=2"); }

TEST(Baggage, leaves_out_members_past_the_64th) {
  std::string header;
  for (int i = 0; i < 70; ++i) header += "k" + std::to_string(i) + "=v,";
  EXPECT_EQ(Baggage::parse(header)->entries().size(), kMaxBaggageMembers);
}

TEST(Baggage, leaves_out_whole_members_past_the_size_limit) {
  const std::string big(3000, 'v');
  const std::optional<Baggage> baggage = Baggage::parse("a=" + big + ",b=" + big + ",c=" + big);
  ASSERT_TRUE(baggage.has_value());
  EXPECT_EQ(baggage->entries().size(), 2U);
  EXPECT_LE(baggage->header().size(), kMaxBaggageBytes);
}

TEST(Baggage, changes_are_made_to_a_copy) {
  const Baggage first = Baggage().with("tenant", "blue");
  const Baggage second = first.with("tenant", "green").with("run", "7");
  EXPECT_EQ(first.header(), "tenant=blue");
  EXPECT_EQ(second.header(), "tenant=green,run=7");
  EXPECT_EQ(second.without("tenant").header(), "run=7");
}

TEST(Baggage, a_key_that_cannot_travel_is_not_added) {
  EXPECT_TRUE(Baggage().with("no token", "1").empty());
  EXPECT_TRUE(Baggage().with("", "1").empty());
}

}  // namespace
}  // namespace skerry::telemetry
