// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/lease_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;
using LeaseTime = LeaseTable::Time;

const LeaseTime kLeaseStart = LeaseTime() + 1000s;

TEST(LeaseTable, a_grant_below_the_minimum_is_raised_to_it) {
  LeaseTable leases;
  EXPECT_EQ(leases.grant(1, 1s, kLeaseStart).value(), kMinLeaseTimeToLive);
  EXPECT_EQ(leases.grant(2, 0s, kLeaseStart).value(), kMinLeaseTimeToLive);
  EXPECT_EQ(leases.grant(3, -5s, kLeaseStart).value(), kMinLeaseTimeToLive);
  EXPECT_EQ(leases.grant(4, 60s, kLeaseStart).value(), 60s);
}

TEST(LeaseTable, refuses_a_taken_id_a_huge_time_and_id_zero_with_the_texts_clients_match) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  EXPECT_EQ(leases.grant(1, 10s, kLeaseStart).error(), Error::failed_precondition("etcdserver: lease already exists"));
  EXPECT_EQ(leases.grant(2, kMaxLeaseTimeToLive + 1s, kLeaseStart).error(),
            Error::out_of_range("etcdserver: too large lease TTL"));
  EXPECT_EQ(leases.grant(kNoLease, 10s, kLeaseStart).error(),
            Error::not_found("etcdserver: requested lease not found"));
}

TEST(LeaseTable, the_longest_time_to_live_does_not_overflow_the_clock) {
  LeaseTable leases;
  ASSERT_EQ(leases.grant(1, kMaxLeaseTimeToLive, kLeaseStart).value(), kMaxLeaseTimeToLive);
  EXPECT_TRUE(leases.take_due(kLeaseStart + 100h * 24 * 365, 10).empty());
  EXPECT_EQ(leases.renew(1, LeaseTime::max() - 1s), std::nullopt) << "its representable end is over by then";
}

TEST(LeaseTable, a_lease_is_due_at_its_end_and_not_before) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  EXPECT_EQ(leases.next_due(), kLeaseStart + 10s);
  EXPECT_TRUE(leases.take_due(kLeaseStart + 10s - 1ns, 10).empty());
  EXPECT_FALSE(leases.is_due(1, kLeaseStart + 10s - 1ns));
  EXPECT_TRUE(leases.is_due(1, kLeaseStart + 10s));
  EXPECT_EQ(leases.take_due(kLeaseStart + 10s, 10), std::vector<LeaseId>{1});
}

TEST(LeaseTable, a_due_lease_lives_until_revoked_and_is_reported_again_later) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  const LeaseTime end = kLeaseStart + 10s;
  ASSERT_EQ(leases.take_due(end, 10).size(), 1u);
  EXPECT_TRUE(leases.take_due(end + kDueAgainAfter - 1ms, 10).empty());
  EXPECT_TRUE(leases.contains(1));
  EXPECT_EQ(leases.take_due(end + kDueAgainAfter, 10).size(), 1u);
  ASSERT_TRUE(leases.revoke(1));
  EXPECT_FALSE(leases.contains(1));
  EXPECT_EQ(leases.next_due(), std::nullopt);
}

TEST(LeaseTable, renew_starts_the_time_again) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  EXPECT_EQ(leases.renew(1, kLeaseStart + 9s), 10s);
  EXPECT_TRUE(leases.take_due(kLeaseStart + 10s, 10).empty());
  EXPECT_EQ(leases.take_due(kLeaseStart + 19s, 10).size(), 1u);
}

TEST(LeaseTable, a_lease_that_is_due_cannot_be_renewed) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  EXPECT_EQ(leases.renew(1, kLeaseStart + 10s), std::nullopt);
  EXPECT_EQ(leases.renew(2, kLeaseStart), std::nullopt);
}

TEST(LeaseTable, status_tells_the_granted_and_the_remaining_whole_seconds) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  auto status = leases.status(1, kLeaseStart + 500ms);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->granted, 10s);
  EXPECT_EQ(status->remaining, 9s);
  EXPECT_EQ(leases.status(1, kLeaseStart + 20s)->remaining, 0s);
  EXPECT_EQ(leases.status(2, kLeaseStart), std::nullopt);
}

TEST(LeaseTable, revoke_hands_out_the_keys_in_key_order) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  for (const char* key : {"c", "a", "b", "a"}) leases.attach(1, key);
  leases.detach(1, "b");
  leases.detach(1, "never attached");
  leases.detach(2, "no such lease");
  EXPECT_EQ(leases.keys(1), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(leases.revoke(1).value(), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(leases.revoke(1).error(), Error::not_found("etcdserver: requested lease not found"));
}

TEST(LeaseTable, ids_come_in_the_order_the_leases_end) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 30s, kLeaseStart));
  ASSERT_TRUE(leases.grant(2, 10s, kLeaseStart));
  ASSERT_TRUE(leases.grant(3, 20s, kLeaseStart));
  EXPECT_EQ(leases.ids(), (std::vector<LeaseId>{2, 3, 1}));
}

TEST(LeaseTable, take_due_is_bounded_and_reports_the_earliest_first) {
  LeaseTable leases;
  for (LeaseId id = 1; id <= 5; ++id) ASSERT_TRUE(leases.grant(id, std::chrono::seconds(10 - id), kLeaseStart));
  EXPECT_EQ(leases.take_due(kLeaseStart + 60s, 2), (std::vector<LeaseId>{5, 4}));
  EXPECT_EQ(leases.take_due(kLeaseStart + 60s, 2), (std::vector<LeaseId>{3, 2}));
  EXPECT_EQ(leases.take_due(kLeaseStart + 60s, 2), (std::vector<LeaseId>{1}));
}

TEST(LeaseTable, restart_gives_every_lease_its_full_time_again) {
  LeaseTable leases;
  ASSERT_TRUE(leases.grant(1, 10s, kLeaseStart));
  ASSERT_TRUE(leases.grant(2, 5s, kLeaseStart));
  leases.restart(kLeaseStart + 100s);
  EXPECT_EQ(leases.status(1, kLeaseStart + 100s)->remaining, 10s);
  EXPECT_EQ(leases.status(2, kLeaseStart + 100s)->remaining, 5s);
  EXPECT_TRUE(leases.take_due(kLeaseStart + 100s, 10).empty());
}

TEST(LeaseTable, restart_spreads_leases_that_would_end_together) {
  LeaseTable leases;
  const auto count = static_cast<LeaseId>(2 * kMaxExpiriesPerSecond + 10);
  for (LeaseId id = 1; id <= count; ++id) ASSERT_TRUE(leases.grant(id, 10s, kLeaseStart));
  ASSERT_TRUE(leases.grant(count + 1, 60s, kLeaseStart));
  leases.restart(kLeaseStart);
  EXPECT_EQ(leases.take_due(kLeaseStart + 10s, 100'000).size(), kMaxExpiriesPerSecond);
  EXPECT_EQ(leases.take_due(kLeaseStart + 11s, 100'000).size(), kMaxExpiriesPerSecond);
  EXPECT_EQ(leases.take_due(kLeaseStart + 12s, 100'000).size(), 10u);
  EXPECT_EQ(leases.status(count + 1, kLeaseStart)->remaining, 60s) << "one that ends later is left alone";
}

// Every lease is due exactly when the model, a map from id to end, says so.
TEST(LeaseTable, agrees_with_a_map_of_ends_under_random_operations) {
  for (std::uint32_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    LeaseTable leases;
    std::map<LeaseId, std::pair<std::chrono::seconds, LeaseTime>> model;
    LeaseTime now = kLeaseStart;
    for (int i = 0; i < 300; ++i) {
      now += std::chrono::milliseconds(random() % 1500);
      const auto id = static_cast<LeaseId>(1 + random() % 10);
      auto found = model.find(id);
      switch (random() % 3) {
        case 0: {
          const std::chrono::seconds time_to_live(2 + random() % 10);
          EXPECT_EQ(leases.grant(id, time_to_live, now).has_value(), found == model.end());
          model.try_emplace(id, time_to_live, now + time_to_live);
          break;
        }
        case 1: {
          const bool alive = found != model.end() && found->second.second > now;
          EXPECT_EQ(leases.renew(id, now).has_value(), alive);
          if (alive) found->second.second = now + found->second.first;
          break;
        }
        default: {
          const auto due = leases.take_due(now, 100);
          for (LeaseId each : due) {
            EXPECT_LE(model.at(each).second, now);
            ASSERT_TRUE(leases.revoke(each));
            model.erase(each);
          }
          for (const auto& [each, times] : model) EXPECT_GT(times.second, now) << each << " was not reported";
        }
      }
      ASSERT_EQ(leases.size(), model.size());
    }
  }
}

}  // namespace
}  // namespace skerry::platform::etcd
