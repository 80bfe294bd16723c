// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/key_range.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

using etcd::KeyRange;
using namespace std::string_literals;

TEST(KeyRange, a_prefix_ends_where_its_last_byte_grows) {
  EXPECT_EQ(KeyRange::prefix("/a/"), (KeyRange{"/a/", "/a0"}));
  EXPECT_EQ(KeyRange::prefix("a\xff\xff"), (KeyRange{"a\xff\xff", "b"}));
  EXPECT_EQ(KeyRange::prefix("\xff\xff"), (KeyRange{"\xff\xff", "\0"s}));
  EXPECT_EQ(KeyRange::prefix("a\x7f"), (KeyRange{"a\x7f", "a\x80"}));
  EXPECT_EQ(KeyRange::prefix(""), KeyRange::all());
}

TEST(KeyRange, contains_what_the_server_would_match) {
  const KeyRange prefix = KeyRange::prefix("/a/");
  EXPECT_TRUE(prefix.contains("/a/"));
  EXPECT_TRUE(prefix.contains("/a/\xff"));
  EXPECT_FALSE(prefix.contains("/a"));
  EXPECT_FALSE(prefix.contains("/a0"));
  EXPECT_TRUE(KeyRange::single("k").contains("k"));
  EXPECT_FALSE(KeyRange::single("k").contains("k0"));
  EXPECT_TRUE(KeyRange::from("k").contains("\xff"));
  EXPECT_FALSE(KeyRange::from("k").contains("j"));
  EXPECT_TRUE(KeyRange::interval("a", "c").contains("b"));
  EXPECT_FALSE(KeyRange::interval("a", "c").contains("c"));
  EXPECT_TRUE(KeyRange::all().contains("\0"s));
}

}  // namespace
}  // namespace skerry
