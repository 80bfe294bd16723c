// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/key_range.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace skerry::platform::etcd {
namespace {

using namespace std::string_view_literals;

TEST(KeyRange, an_empty_range_end_is_one_key) {
  KeyRange range = KeyRange::from_request("b", "");
  EXPECT_TRUE(range.contains("b"));
  EXPECT_FALSE(range.contains("ba"));
  EXPECT_FALSE(range.contains("a"));
}

TEST(KeyRange, a_zero_byte_as_range_end_has_no_end) {
  KeyRange range = KeyRange::from_request("b", "\0"sv);
  EXPECT_TRUE(range.contains("b"));
  EXPECT_TRUE(range.contains("\xff\xff\xff"));
  EXPECT_FALSE(range.contains("a"));
}

TEST(KeyRange, two_zero_bytes_as_range_end_are_an_ordinary_end) {
  KeyRange range = KeyRange::from_request("\0"sv, "\0\0"sv);
  EXPECT_TRUE(range.contains("\0"sv));
  EXPECT_FALSE(range.contains("\0\0"sv));
}

TEST(KeyRange, all_contains_the_smallest_and_the_largest_keys) {
  EXPECT_TRUE(KeyRange::all().contains("\0"sv));
  EXPECT_TRUE(KeyRange::all().contains("\xff\xff"));
}

TEST(KeyRange, bytes_are_ordered_unsigned) {
  KeyRange range = KeyRange::from_request("a", "\xff");
  EXPECT_TRUE(range.contains("\xfe"));
  EXPECT_FALSE(range.contains("\xff"));
}

TEST(KeyRange, prefix_trims_bytes_that_cannot_be_raised) {
  KeyRange range = KeyRange::prefix("a\xff\xff");
  EXPECT_EQ(range.end, "b");
  EXPECT_TRUE(range.contains("a\xff\xff\xff"));
  EXPECT_FALSE(range.contains("b"));
  EXPECT_EQ(KeyRange::prefix("\xff\xff").kind, KeyRange::Kind::kUnbounded);
  EXPECT_EQ(KeyRange::prefix("").kind, KeyRange::Kind::kUnbounded);
}

TEST(KeyRange, a_range_whose_end_is_not_after_its_begin_is_empty) {
  EXPECT_TRUE(KeyRange::from_request("b", "b").empty());
  EXPECT_TRUE(KeyRange::from_request("b", "a").empty());
  EXPECT_FALSE(KeyRange::from_request("b", "").empty());
  EXPECT_FALSE(KeyRange::from_request("b", "a").contains("b"));
}

TEST(KeyRange, overlaps_agrees_with_contains_over_all_small_ranges) {
  const std::vector<std::string> points = {"a", "b", "c", "d", "e"};
  std::vector<KeyRange> ranges;
  for (const auto& begin : points) {
    ranges.push_back(KeyRange::from_request(begin, ""));
    ranges.push_back(KeyRange::from_request(begin, "\0"sv));
    for (const auto& end : points) ranges.push_back(KeyRange::from_request(begin, end));
  }
  // Between two neighbouring points there is always another key, so the probes include one after each point.
  std::vector<std::string> probes;
  for (const auto& point : points) {
    probes.push_back(point);
    probes.push_back(point + "m");
  }
  for (const KeyRange& one : ranges) {
    for (const KeyRange& other : ranges) {
      bool shared = false;
      for (const auto& probe : probes) shared |= one.contains(probe) && other.contains(probe);
      EXPECT_EQ(one.overlaps(other), shared)
          << one.begin << ".." << one.end << " and " << other.begin << ".." << other.end;
    }
  }
}

}  // namespace
}  // namespace skerry::platform::etcd
