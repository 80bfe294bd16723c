// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/lease_clock.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

using etcd::LeaseClock;
using namespace std::chrono_literals;

constexpr LeaseClock::TimePoint kLeaseStart{1h};

TEST(LeaseClock, renews_at_a_third_and_expires_at_the_whole) {
  const LeaseClock clock(kLeaseStart, 6s);
  EXPECT_EQ(clock.renew_at(), kLeaseStart + 2s);
  EXPECT_EQ(clock.interval(), 2s);
  EXPECT_FALSE(clock.expired(kLeaseStart + 5'999ms));
  EXPECT_TRUE(clock.expired(kLeaseStart + 6s));
}

TEST(LeaseClock, counts_from_when_the_renewal_was_sent) {
  LeaseClock clock(kLeaseStart, 6s);
  clock.renewed(kLeaseStart + 2s, 9s);
  EXPECT_EQ(clock.renew_at(), kLeaseStart + 5s);
  EXPECT_EQ(clock.expires_at(), kLeaseStart + 11s);
}

TEST(LeaseClock, a_late_answer_to_an_earlier_renewal_does_not_turn_it_back) {
  LeaseClock clock(kLeaseStart, 6s);
  clock.renewed(kLeaseStart + 4s, 6s);
  clock.renewed(kLeaseStart + 2s, 6s);
  EXPECT_EQ(clock.expires_at(), kLeaseStart + 10s);
}

TEST(LeaseClock, short_leases_are_renewed_within_their_time) {
  EXPECT_EQ(LeaseClock(kLeaseStart, 1s).interval(), 333ms);
}

}  // namespace
}  // namespace skerry
