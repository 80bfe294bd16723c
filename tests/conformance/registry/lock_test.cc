// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/lock.h"

#include "tests/conformance/registry/registry_fixture.h"

#include "skerry/etcd/errors.h"

namespace skerry::conformance {
namespace {

using etcd::LockHeld;
using namespace std::chrono_literals;
using ClientPtr = std::shared_ptr<etcd::Client>;

SKERRY_REGISTRY_SUITE(RegistryLock);

TEST_P(RegistryLock, one_at_a_time_holds_it_and_tokens_grow) {
  run([](ClientPtr client) -> Task<> {
    int inside = 0;
    int most = 0;
    std::vector<etcd::Revision> tokens;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 5; ++i) {
        scope.go([&]() -> Task<> {
          co_await etcd::with_lock(client, {.name = "/locks/a"}, [&](LockHeld held) -> Task<> {
            most = std::max(most, ++inside);
            tokens.push_back(held.token);
            co_await sleep(5ms);
            --inside;
          });
        });
      }
      co_return;
    });
    EXPECT_EQ(most, 1);
    EXPECT_EQ(tokens.size(), 5U);
    EXPECT_TRUE(std::is_sorted(tokens.begin(), tokens.end()));
    const auto left = co_await client->range(etcd::KeyRange::prefix("/locks/"), {.count_only = true});
    EXPECT_EQ(left.count, 0);
  });
}

TEST_P(RegistryLock, tells_who_holds_it) {
  run([](ClientPtr client) -> Task<> {
    const auto nobody = co_await etcd::lock_holder(client, "/elections/a");
    EXPECT_FALSE(nobody.has_value());
    const int answer =
        co_await etcd::with_lock(client, {.name = "/elections/a", .value = "me"}, [&](LockHeld held) -> Task<int> {
          const auto leader = co_await etcd::lock_holder(client, "/elections/a");
          EXPECT_EQ(leader->value, "me");
          EXPECT_EQ(leader->key, held.key);
          EXPECT_EQ(leader->create_revision, held.token);
          co_return 42;
        });
    EXPECT_EQ(answer, 42);
  });
}

TEST_P(RegistryLock, goes_to_the_next_when_its_holder_dies) {
  run([](ClientPtr client) -> Task<> {
    // A dead holder: the key of a lease that nobody renews.
    const etcd::Lease dead = co_await client->grant(2s);
    co_await client->put(fmt::format("/locks/a/{:x}", dead.id), "", {.lease = dead.id});
    co_await etcd::with_lock(client, {.name = "/locks/a"}, [](LockHeld) -> Task<> { co_return; });
  });
}

TEST_P(RegistryLock, a_holder_whose_lease_is_revoked_is_stopped) {
  run([](ClientPtr client) -> Task<> {
    const auto ended =
        co_await etcd::with_lock(client, {.name = "/locks/a", .session = {.ttl = 2s}}, [&](LockHeld held) -> Task<> {
          co_await client->revoke(held.lease);
          co_await sleep(kTestLimit);
        }).result();
    EXPECT_TRUE(etcd::is_lease_lost(ended.error())) << ended.error().to_string();
  });
}

TEST_P(RegistryLock, whoever_gives_up_waiting_leaves_the_queue) {
  run([](ClientPtr client) -> Task<> {
    co_await etcd::with_lock(client, {.name = "/locks/a"}, [&](LockHeld) -> Task<> {
      const auto impatient = co_await with_timeout(200ms, etcd::with_lock(client, {.name = "/locks/a"},
                                                                          [](LockHeld) -> Task<> { co_return; }))
                                 .result();
      EXPECT_EQ(impatient.error().code(), Code::kDeadlineExceeded);
      const auto queue = co_await client->range(etcd::KeyRange::prefix("/locks/a/"), {.count_only = true});
      EXPECT_EQ(queue.count, 1);
    });
  });
}

}  // namespace
}  // namespace skerry::conformance
