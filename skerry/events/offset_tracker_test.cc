// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/offset_tracker.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace skerry::events::internal {
namespace {

TEST(OffsetTracker, commits_nothing_before_a_record_is_done) {
  OffsetTracker tracker;
  EXPECT_EQ(tracker.take_commit(), std::nullopt);
  tracker.start(10);
  EXPECT_EQ(tracker.take_commit(), std::nullopt);
  EXPECT_EQ(tracker.oldest(), 10);
}

TEST(OffsetTracker, never_commits_past_a_record_that_is_not_done) {
  OffsetTracker tracker;
  for (const std::int64_t offset : {10, 11, 12}) tracker.start(offset);
  tracker.finish(11);
  tracker.finish(12);
  EXPECT_EQ(tracker.take_commit(), std::nullopt);
  tracker.finish(10);
  EXPECT_EQ(tracker.take_commit(), 13);
  EXPECT_EQ(tracker.oldest(), std::nullopt);
}

TEST(OffsetTracker, gives_an_offset_once) {
  OffsetTracker tracker;
  tracker.start(5);
  tracker.finish(5);
  EXPECT_EQ(tracker.take_commit(), 6);
  EXPECT_EQ(tracker.take_commit(), std::nullopt);
}

TEST(OffsetTracker, knows_a_record_that_comes_again) {
  OffsetTracker tracker;
  EXPECT_TRUE(tracker.start(5));
  EXPECT_FALSE(tracker.start(5));
  EXPECT_FALSE(tracker.start(4));
  tracker.finish(5);
  EXPECT_FALSE(tracker.start(5));
  EXPECT_TRUE(tracker.start(9));  // offsets may have holes
  EXPECT_EQ(tracker.unfinished(), 1u);
}

TEST(OffsetTracker, agrees_with_a_plain_set_in_any_order_of_ends) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    OffsetTracker tracker;
    std::set<std::int64_t> open;
    std::int64_t next = static_cast<std::int64_t>(random() % 1000);
    std::int64_t last = -1;
    for (int step = 0; step < 300; ++step) {
      if (open.empty() || random() % 2 == 0) {
        next += 1 + static_cast<std::int64_t>(random() % 3);
        ASSERT_TRUE(tracker.start(next));
        open.insert(next);
        last = next;
      } else {
        auto any = open.begin();
        std::advance(any, random() % open.size());
        tracker.finish(*any);
        open.erase(any);
      }
      ASSERT_EQ(tracker.unfinished(), open.size());
      ASSERT_EQ(tracker.oldest(), open.empty() ? std::nullopt : std::optional(*open.begin())) << "seed " << seed;
      if (const auto commit = tracker.take_commit()) {
        ASSERT_LE(*commit, open.empty() ? last + 1 : *open.begin()) << "seed " << seed;
        if (open.empty()) {
          ASSERT_EQ(*commit, last + 1);
        }
      }
    }
  }
}

}  // namespace
}  // namespace skerry::events::internal
