// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/election.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "platform/etcd/engine_fixture.h"
#include "skerry/disk/memory_disk.h"

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;

class ElectionTest : public ::testing::Test {
 protected:
  template <class Body>
  void run(Body body) {
    auto outcome = run_engine(disk_, "data", {}, std::move(body));
    EXPECT_TRUE(outcome) << outcome.error().to_string();
  }
  static Task<LeaseId> grant(Engine& engine, int id) {
    etcdserverpb::LeaseGrantRequest request;
    request.set_id(id);
    request.set_ttl(60);
    auto granted = co_await engine.lease_grant(request);
    co_return granted.id();
  }
  static v3lockpb::LockRequest lock_request(LeaseId lease) {
    v3lockpb::LockRequest request;
    request.set_name("mutex");
    request.set_lease(lease);
    return request;
  }
  static v3electionpb::CampaignRequest campaign_request(LeaseId lease, const std::string& value) {
    v3electionpb::CampaignRequest request;
    request.set_name("post");
    request.set_lease(lease);
    request.set_value(value);
    return request;
  }
  static v3electionpb::LeaderRequest leader_request() {
    v3electionpb::LeaderRequest request;
    request.set_name("post");
    return request;
  }
  disk::MemoryDisk disk_;
};

TEST_F(ElectionTest, a_lock_is_held_by_one_and_handed_on_in_order) {
  run([](Engine& engine) -> Task<> {
    constexpr int kHolders = 8;
    int holding = 0;
    std::vector<LeaseId> order;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 1; i <= kHolders; ++i) {
        co_await grant(engine, 0x10 + i);
        scope.go([&, i]() -> Task<> {
          auto held = co_await lock(engine, lock_request(0x10 + i));
          EXPECT_EQ(held.key(), fmt::format("mutex/{:x}", 0x10 + i));
          EXPECT_EQ(++holding, 1);
          order.push_back(i);
          co_await yield();
          --holding;
          v3lockpb::UnlockRequest request;
          request.set_key(held.key());
          co_await unlock(engine, request);
        });
        // In this order they stand in the queue.
        co_await eventually([&] { return engine.counts().keys + order.size() >= static_cast<std::size_t>(i); });
      }
    });
    EXPECT_EQ(order.size(), static_cast<std::size_t>(kHolders));
    EXPECT_EQ(engine.counts().keys, 0u);
  });
}

TEST_F(ElectionTest, a_lock_goes_on_when_its_holders_lease_ends) {
  run([](Engine& engine) -> Task<> {
    co_await grant(engine, 1);
    co_await grant(engine, 2);
    co_await lock(engine, lock_request(1));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await lock(engine, lock_request(2)); });
      co_await eventually([&] { return engine.counts().keys == 2; });
      etcdserverpb::LeaseRevokeRequest revocation;
      revocation.set_id(1);
      co_await engine.lease_revoke(revocation);
    });
  });
}

TEST_F(ElectionTest, who_stops_waiting_leaves_the_queue) {
  run([](Engine& engine) -> Task<> {
    co_await grant(engine, 1);
    co_await grant(engine, 2);
    co_await lock(engine, lock_request(1));
    auto waited = co_await with_timeout(30ms, lock(engine, lock_request(2))).result();
    EXPECT_EQ(waited.error().code(), Code::kDeadlineExceeded);
    co_await eventually([&] { return engine.counts().keys == 1; });
  });
}

TEST_F(ElectionTest, a_lock_without_a_lease_gets_one) {
  run([](Engine& engine) -> Task<> {
    auto held = co_await lock(engine, lock_request(kNoLease));
    EXPECT_EQ(engine.counts().leases, 1u);
    auto found = co_await engine.range(range_request(held.key()));
    EXPECT_NE(found.kvs(0).lease(), kNoLease);
  });
}

TEST_F(ElectionTest, a_lock_under_a_lease_that_is_not_there_fails) {
  run([](Engine& engine) -> Task<> {
    auto held = co_await lock(engine, lock_request(99)).result();
    EXPECT_EQ(held.error().code(), Code::kNotFound);
  });
}

TEST_F(ElectionTest, observers_see_every_leader_and_every_value) {
  run([](Engine& engine) -> Task<> {
    co_await grant(engine, 1);
    co_await grant(engine, 2);
    auto none = co_await leader(engine, leader_request()).result();
    EXPECT_EQ(none.error().message(), "election: no leader");
    std::vector<std::string> seen;
    std::ignore = co_await with_scope([&](Scope& scope) -> Task<> {
                    scope.go([&] {
                      return observe(engine, leader_request(), [&](v3electionpb::LeaderResponse response) -> Task<> {
                        seen.push_back(response.kv().value());
                        co_return;
                      });
                    });
                    auto first = co_await campaign(engine, campaign_request(1, "one"));
                    co_await eventually([&] { return seen.size() == 1; });
                    v3electionpb::ProclaimRequest change;
                    *change.mutable_leader() = first.leader();
                    change.set_value("one again");
                    co_await proclaim(engine, change);
                    co_await eventually([&] { return seen.size() == 2; });
                    scope.go([&]() -> Task<> { co_await campaign(engine, campaign_request(2, "two")); });
                    co_await eventually([&] { return engine.counts().keys == 2; });
                    auto leads = co_await leader(engine, leader_request());
                    EXPECT_EQ(leads.kv().value(), "one again");
                    v3electionpb::ResignRequest resignation;
                    *resignation.mutable_leader() = first.leader();
                    co_await resign(engine, resignation);
                    co_await eventually([&] { return seen.size() == 3; });
                    auto late = co_await proclaim(engine, change).result();
                    EXPECT_EQ(late.error().message(), "election: not leader");
                    scope.cancel();
                  }).result();
    EXPECT_EQ(seen, (std::vector<std::string>{"one", "one again", "two"}));
  });
}

TEST_F(ElectionTest, campaigning_again_changes_the_value) {
  run([](Engine& engine) -> Task<> {
    co_await grant(engine, 1);
    auto first = co_await campaign(engine, campaign_request(1, "one"));
    auto again = co_await campaign(engine, campaign_request(1, "two"));
    EXPECT_EQ(again.leader().rev(), first.leader().rev());
    auto leads = co_await leader(engine, leader_request());
    EXPECT_EQ(leads.kv().value(), "two");
  });
}

}  // namespace
}  // namespace skerry::platform::etcd
