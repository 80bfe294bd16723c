// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/outlier.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

using discovery::CallOutcome;
using discovery::OutlierPolicy;
using discovery::OutlierState;
using namespace std::chrono_literals;

constexpr OutlierPolicy kOutlierPolicy{.consecutive_failures = 3, .base_ejection = 10s, .max_ejection = 25s};
constexpr OutlierState::TimePoint kOutlierStart{1h};

bool record_failures(OutlierState& outlier, OutlierState::TimePoint now, int count) {
  bool ejected = false;
  for (int i = 0; i < count; ++i) ejected = outlier.record(now, CallOutcome::kFailed, kOutlierPolicy) || ejected;
  return ejected;
}

TEST(Outlier, failures_in_a_row_eject) {
  OutlierState outlier;
  EXPECT_FALSE(record_failures(outlier, kOutlierStart, 2));
  EXPECT_FALSE(outlier.ejected(kOutlierStart));
  EXPECT_TRUE(record_failures(outlier, kOutlierStart, 1));
  EXPECT_TRUE(outlier.ejected(kOutlierStart + 9s));
  EXPECT_FALSE(outlier.ejected(kOutlierStart + 10s));
}

TEST(Outlier, a_success_between_failures_starts_the_count_anew) {
  OutlierState outlier;
  record_failures(outlier, kOutlierStart, 2);
  EXPECT_FALSE(outlier.record(kOutlierStart, CallOutcome::kSucceeded, kOutlierPolicy));
  EXPECT_FALSE(record_failures(outlier, kOutlierStart, 2));
}

TEST(Outlier, the_first_failure_after_an_ejection_ejects_again_and_longer_up_to_the_maximum) {
  OutlierState outlier;
  record_failures(outlier, kOutlierStart, 3);
  const auto second = kOutlierStart + 10s;
  EXPECT_TRUE(record_failures(outlier, second, 1));
  EXPECT_TRUE(outlier.ejected(second + 19s));
  EXPECT_FALSE(outlier.ejected(second + 20s));
  const auto third = second + 20s;
  EXPECT_TRUE(record_failures(outlier, third, 1));
  EXPECT_TRUE(outlier.ejected(third + 24s));
  EXPECT_FALSE(outlier.ejected(third + 25s));
}

TEST(Outlier, failures_of_calls_that_were_under_way_do_not_lengthen_an_ejection) {
  OutlierState outlier;
  record_failures(outlier, kOutlierStart, 3);
  EXPECT_FALSE(record_failures(outlier, kOutlierStart + 5s, 10));
  EXPECT_FALSE(outlier.ejected(kOutlierStart + 10s));
  EXPECT_EQ(outlier.ejections(), 1U);
}

TEST(Outlier, successes_that_last_make_the_next_ejection_a_first_one) {
  OutlierState outlier;
  record_failures(outlier, kOutlierStart, 3);
  const auto later = kOutlierStart + 10s;
  for (int i = 0; i < 3; ++i) outlier.record(later, CallOutcome::kSucceeded, kOutlierPolicy);
  EXPECT_EQ(outlier.ejections(), 0U);
  EXPECT_FALSE(record_failures(outlier, later, 2));
  EXPECT_TRUE(record_failures(outlier, later, 1));
  EXPECT_FALSE(outlier.ejected(later + 10s));
}

TEST(Outlier, does_not_eject_where_it_may_not) {
  OutlierState outlier;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(outlier.record(kOutlierStart, CallOutcome::kFailed, kOutlierPolicy, false));
    EXPECT_FALSE(outlier.record(kOutlierStart, CallOutcome::kFailed, {.consecutive_failures = 0}));
  }
  EXPECT_FALSE(outlier.ejected(kOutlierStart));
}

}  // namespace
}  // namespace skerry
