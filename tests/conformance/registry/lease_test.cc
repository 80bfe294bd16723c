// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/registry/registry_fixture.h"

#include "skerry/etcd/errors.h"
#include "skerry/etcd/session.h"

namespace skerry::conformance {
namespace {

using etcd::Client;
using etcd::Lease;
using etcd::LeaseStatus;
using etcd::Session;
using namespace std::chrono_literals;
using ClientPtr = std::shared_ptr<Client>;

SKERRY_REGISTRY_SUITE(RegistryLease);

// The shortest time to live that a server with etcd's defaults grants.
constexpr auto kShortTtl = 2s;

TEST_P(RegistryLease, keeps_its_keys_and_takes_them_along_when_it_is_revoked) {
  run([](ClientPtr client) -> Task<> {
    const Lease lease = co_await client->grant(60s);
    EXPECT_GE(lease.ttl, 60s);
    co_await client->put("a", "1", {.lease = lease.id});
    co_await client->put("b", "1", {.lease = lease.id});
    co_await client->put("c", "1");
    LeaseStatus status = co_await client->time_to_live(lease.id, true);
    // In no particular order.
    std::sort(status.keys.begin(), status.keys.end());
    EXPECT_EQ(status.keys, (std::vector<std::string>{"a", "b"}));
    EXPECT_GT(status.ttl, 50s);
    EXPECT_EQ(status.granted_ttl, lease.ttl);
    const auto leases = co_await client->leases();
    EXPECT_EQ(leases, std::vector<etcd::LeaseId>{lease.id});
    const auto before = co_await client->get("c");
    co_await client->revoke(lease.id);
    const auto left = co_await client->range(etcd::KeyRange::all());
    EXPECT_EQ(left.key_values.size(), 1U);
    EXPECT_EQ(left.header.revision, before->mod_revision + 1) << "all keys of a lease go in one revision";
    const LeaseStatus gone = co_await client->time_to_live(lease.id);
    EXPECT_LT(gone.ttl, 0s);
  });
}

TEST_P(RegistryLease, ids_may_be_chosen_and_are_given_once) {
  run([](ClientPtr client) -> Task<> {
    const Lease lease = co_await client->grant(60s, 4711);
    EXPECT_EQ(lease.id, 4711);
    const auto again = co_await client->grant(60s, 4711).result();
    EXPECT_EQ(again.error().to_string(), "FAILED_PRECONDITION: etcdserver: lease already exists");
  });
}

TEST_P(RegistryLease, ends_by_itself_when_nobody_renews_it) {
  run([](ClientPtr client) -> Task<> {
    const Lease lease = co_await client->grant(1s);
    co_await client->put("k", "v", {.lease = lease.id});
    Event gone;
    co_await beside(
        [&] {
          return client->watch({.keys = etcd::KeyRange::single("k")}, [&](etcd::WatchBatch batch) -> Task<> {
            for (const etcd::Event& event : batch.events) {
              if (event.type == etcd::Event::Type::kDelete) gone.set();
            }
            co_return;
          });
        },
        [&]() -> Task<> { co_await gone.wait(); });
    const auto found = co_await client->get("k");
    EXPECT_FALSE(found.has_value());
  });
}

TEST_P(RegistryLease, lives_beyond_its_time_while_it_is_renewed) {
  run([](ClientPtr client) -> Task<> {
    co_await etcd::with_session(client, {.ttl = kShortTtl}, [&](Session& session) -> Task<> {
      co_await client->put("k", "v", {.lease = session.lease()});
      co_await sleep(session.ttl() * 2 + 1s);
      const auto found = co_await client->get("k");
      EXPECT_TRUE(found.has_value());
    });
    const auto found = co_await client->get("k");
    EXPECT_FALSE(found.has_value()) << "the end of the session is the end of its keys";
  });
}

TEST_P(RegistryLease, a_session_ends_when_its_lease_is_revoked_by_another) {
  run([](ClientPtr client) -> Task<> {
    const Result<> ended = co_await etcd::with_session(client, {.ttl = kShortTtl}, [&](Session& session) -> Task<> {
                             co_await client->revoke(session.lease());
                             co_await sleep(kTestLimit);
                           }).result();
    EXPECT_TRUE(etcd::is_lease_lost(ended.error())) << ended.error().to_string();
  });
}

TEST_P(RegistryLease, survives_the_death_and_return_of_the_server) {
  run([this](ClientPtr client) -> Task<> {
    co_await etcd::with_session(client, {.ttl = 10s}, [&](Session& session) -> Task<> {
      co_await client->put("k", "v", {.lease = session.lease()});
      server->kill();
      server->start();
      const auto found = co_await client->get("k");
      EXPECT_EQ(found->lease, session.lease());
      // Long enough for renewals on a new connection.
      co_await sleep(5s);
      const LeaseStatus status = co_await client->time_to_live(session.lease());
      EXPECT_GT(status.ttl, 5s);
    });
  });
}

TEST_P(RegistryLease, is_lost_with_the_data_of_the_server) {
  run([this](ClientPtr client) -> Task<> {
    const Result<> ended = co_await etcd::with_session(client, {.ttl = 6s}, [&](Session&) -> Task<> {
                             server->kill();
                             server->wipe();
                             server->start();
                             co_await sleep(kTestLimit);
                           }).result();
    EXPECT_TRUE(etcd::is_lease_lost(ended.error())) << ended.error().to_string();
  });
}

}  // namespace
}  // namespace skerry::conformance
