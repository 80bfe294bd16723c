// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/engine_fixture.h"
#include "skerry/disk/memory_disk.h"

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;
using etcdserverpb::LeaseGrantRequest;
using etcdserverpb::LeaseKeepAliveRequest;
using etcdserverpb::LeaseTimeToLiveRequest;

class EngineLease : public ::testing::Test {
 protected:
  template <class Body>
  void run(Body body) {
    auto outcome = run_engine(disk_, "data", {}, std::move(body));
    EXPECT_TRUE(outcome) << outcome.error().to_string();
  }
  disk::MemoryDisk disk_;
};

TEST_F(EngineLease, an_id_is_chosen_when_none_is_given) {
  run([](Engine& engine) -> Task<> {
    auto one = co_await engine.lease_grant(from_text<LeaseGrantRequest>("TTL: 30"));
    auto other = co_await engine.lease_grant(from_text<LeaseGrantRequest>("TTL: 40"));
    EXPECT_GT(one.id(), 0);
    EXPECT_GT(other.id(), 0);
    EXPECT_NE(one.id(), other.id());
    EXPECT_EQ(one.ttl(), 30);
    auto leases = engine.lease_leases();
    EXPECT_EQ(leases.leases_size(), 2);
    EXPECT_EQ(leases.leases(0).id(), one.id()) << "the one that ends first";
  });
}

TEST_F(EngineLease, a_lease_that_is_not_renewed_ends_and_takes_its_keys_along) {
  run([](Engine& engine) -> Task<> {
    auto lease = co_await engine.lease_grant(from_text<LeaseGrantRequest>("TTL: 2"));
    const auto granted_at = std::chrono::steady_clock::now();
    co_await engine.put(put_request("a", "1", lease.id()));
    co_await engine.put(put_request("b", "1"));
    co_await eventually([&] { return engine.counts().leases == 0; });
    EXPECT_GE(std::chrono::steady_clock::now() - granted_at, 2s);
    auto gone = co_await engine.range(range_request("a"));
    EXPECT_EQ(gone.count(), 0);
    auto kept = co_await engine.range(range_request("b"));
    EXPECT_EQ(kept.count(), 1);
    auto status = engine.lease_time_to_live(from_text<LeaseTimeToLiveRequest>(fmt::format("ID: {}", lease.id())));
    EXPECT_EQ(status.ttl(), -1);
  });
}

TEST_F(EngineLease, a_lease_that_is_renewed_stays) {
  run([](Engine& engine) -> Task<> {
    auto lease = co_await engine.lease_grant(from_text<LeaseGrantRequest>("TTL: 2"));
    auto other = co_await engine.lease_grant(from_text<LeaseGrantRequest>("TTL: 2"));
    LeaseKeepAliveRequest request;
    request.set_id(lease.id());
    while (engine.counts().leases == 2) {
      auto kept = co_await engine.lease_keep_alive(request);
      EXPECT_EQ(kept.ttl(), 2);
      co_await sleep(20ms);
    }
    LeaseKeepAliveRequest ended;
    ended.set_id(other.id());
    auto gone = co_await engine.lease_keep_alive(ended);
    EXPECT_EQ(gone.ttl(), 0) << "unknown by now";
    EXPECT_EQ(gone.id(), other.id());
  });
}

TEST_F(EngineLease, many_leases_end_together) {
  run([](Engine& engine) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 1; i <= 1200; ++i) {
        scope.go([&, i]() -> Task<> {
          LeaseGrantRequest request;
          request.set_id(i);
          request.set_ttl(2);
          co_await engine.lease_grant(request);
          co_await engine.put(put_request("key" + std::to_string(i), "x", i));
        });
      }
      co_return;
    });
    EXPECT_EQ(engine.counts().keys, 1200u);
    co_await eventually([&] { return engine.counts().leases == 0; });
    EXPECT_EQ(engine.counts().keys, 0u);
  });
}

}  // namespace
}  // namespace skerry::platform::etcd
