// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/retry.h"

#include <gtest/gtest.h>

namespace skerry::events::internal {
namespace {

using std::chrono::milliseconds;

const Random kLowest = [](std::uint64_t) { return std::uint64_t{0}; };
const Random kHighest = [](std::uint64_t bound) { return bound - 1; };

TEST(RetryPause, doubles_with_each_failure_up_to_the_maximum) {
  EXPECT_EQ(retry_pause(milliseconds(100), milliseconds(1000), 1, kHighest), milliseconds(100));
  EXPECT_EQ(retry_pause(milliseconds(100), milliseconds(1000), 2, kHighest), milliseconds(200));
  EXPECT_EQ(retry_pause(milliseconds(100), milliseconds(1000), 4, kHighest), milliseconds(800));
  EXPECT_EQ(retry_pause(milliseconds(100), milliseconds(1000), 5, kHighest), milliseconds(1000));
  EXPECT_EQ(retry_pause(milliseconds(100), milliseconds(1000), 4'000'000'000u, kHighest), milliseconds(1000));
}

TEST(RetryPause, is_at_least_half_of_the_bound) {
  EXPECT_EQ(retry_pause(milliseconds(100), milliseconds(1000), 1, kLowest), milliseconds(50));
  EXPECT_EQ(retry_pause(milliseconds(101), milliseconds(1000), 1, kHighest), milliseconds(101));
}

TEST(RetryPause, may_be_nothing_at_all) {
  EXPECT_EQ(retry_pause(milliseconds(0), milliseconds(0), 3, kHighest), milliseconds(0));
  EXPECT_EQ(retry_pause(milliseconds(100), milliseconds(10), 1, kHighest), milliseconds(10));
}

}  // namespace
}  // namespace skerry::events::internal
