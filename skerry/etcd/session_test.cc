// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/session.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/timeout.h"
#include "skerry/etcd/errors.h"
#include "skerry/etcd/fake_server.h"

namespace skerry {
namespace {

using etcd::Client;
using etcd::FakeMember;
using etcd::FakeStore;
using etcd::Session;
using namespace std::chrono_literals;

struct SessionFixture {
  FakeStore store;
  std::shared_ptr<FakeMember> member = std::make_shared<FakeMember>(store);
  std::shared_ptr<Client> client = std::make_shared<Client>(
      std::vector<Client::Endpoint>{etcd::fake_endpoint("member", member)},
      etcd::ClientOptions{.call_timeout = 200ms, .attempt_timeout = 50ms, .backoff = {.first = 1ms, .max = 5ms}});

  template <class F>
  auto run(F body) {
    Runtime runtime({.workers = 1});
    return runtime.run([&] { return with_timeout(20s, body()); });
  }
};

TEST(EtcdSession, lives_as_long_as_its_body_and_gives_its_value) {
  SessionFixture fixture;
  const Result<int> value = fixture.run([&]() -> Task<int> {
    int answer = co_await etcd::with_session(fixture.client, {.ttl = 1s}, [&](Session& session) -> Task<int> {
      co_await fixture.client->put("k", "v", {.lease = session.lease()});
      while (fixture.member->renewals < 2) co_await sleep(1ms);
      EXPECT_EQ(fixture.store.keys.size(), 1U);
      co_return 42;
    });
    co_return answer;
  });
  EXPECT_EQ(value.value(), 42);
  EXPECT_TRUE(fixture.store.keys.empty());
  EXPECT_TRUE(fixture.store.leases.empty());
}

TEST(EtcdSession, a_lost_lease_cancels_the_body) {
  SessionFixture fixture;
  bool went_on = false;
  const Result<> ended = fixture.run([&]() -> Task<> {
    co_await etcd::with_session(fixture.client, {.ttl = 1s}, [&](Session& session) -> Task<> {
      fixture.store.end_lease(session.lease());
      co_await sleep(10s);
      went_on = true;
    });
  });
  EXPECT_TRUE(etcd::is_lease_lost(ended.error())) << ended.error().to_string();
  EXPECT_FALSE(went_on);
}

TEST(EtcdSession, a_registry_that_is_gone_for_the_length_of_the_lease_ends_it) {
  SessionFixture fixture;
  const auto begun = std::chrono::steady_clock::now();
  const Result<> ended = fixture.run([&]() -> Task<> {
    co_await etcd::with_session(fixture.client, {.ttl = 1s, .revoke_timeout = 10ms}, [&](Session&) -> Task<> {
      fixture.member->set_down(true);
      co_await sleep(10s);
    });
  });
  EXPECT_TRUE(etcd::is_lease_lost(ended.error())) << ended.error().to_string();
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s);
}

TEST(EtcdSession, a_registry_that_comes_back_in_time_is_no_loss) {
  SessionFixture fixture;
  const Result<> ended = fixture.run([&]() -> Task<> {
    co_await etcd::with_session(fixture.client, {.ttl = 1s}, [&](Session&) -> Task<> {
      fixture.member->set_down(true);
      co_await sleep(600ms);
      fixture.member->set_down(false);
      const int before = fixture.member->renewals;
      co_await sleep(600ms);
      EXPECT_GT(fixture.member->renewals, before);
    });
  });
  EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
}

TEST(EtcdSession, is_revoked_when_the_caller_is_cancelled) {
  SessionFixture fixture;
  const Result<> ended = fixture.run([&]() -> Task<> {
    const Result<> inner = co_await with_timeout(30ms, etcd::with_session(fixture.client, {.ttl = 60s},
                                                                          [&](Session& session) -> Task<> {
                                                                            co_await fixture.client->put(
                                                                                "k", "v", {.lease = session.lease()});
                                                                            co_await sleep(10s);
                                                                          }))
                               .result();
    EXPECT_EQ(inner.error().code(), Code::kDeadlineExceeded);
  });
  EXPECT_TRUE(ended.has_value());
  EXPECT_TRUE(fixture.store.leases.empty());
  EXPECT_TRUE(fixture.store.keys.empty());
}

TEST(EtcdSession, is_revoked_when_the_body_fails_or_panics) {
  SessionFixture fixture;
  const Result<> failed = fixture.run([&]() -> Task<> {
    co_await etcd::with_session(fixture.client, {.ttl = 60s},
                                [](Session&) -> Task<> { co_await Error::aborted("enough"); });
  });
  EXPECT_EQ(failed.error().message(), "enough");
  EXPECT_TRUE(fixture.store.leases.empty());
  EXPECT_THROW((void)fixture.run([&]() -> Task<> {
    co_await etcd::with_session(fixture.client, {.ttl = 60s}, [](Session&) -> Task<> {
      panic("a bug");
      co_return;
    });
  }),
               Panic);
  EXPECT_TRUE(fixture.store.leases.empty());
}

TEST(EtcdSession, fails_without_a_registry) {
  SessionFixture fixture;
  fixture.member->down = true;
  const Result<> ended = fixture.run(
      [&]() -> Task<> { co_await etcd::with_session(fixture.client, {}, [](Session&) -> Task<> { co_return; }); });
  EXPECT_EQ(ended.error().code(), Code::kUnavailable);
}

}  // namespace
}  // namespace skerry
