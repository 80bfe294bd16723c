// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/client.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/timeout.h"
#include "skerry/etcd/errors.h"
#include "skerry/etcd/fake_server.h"

namespace skerry {
namespace {

using etcd::Client;
using etcd::ClientOptions;
using etcd::FakeMember;
using etcd::FakeStore;
using etcd::KeyRange;
using namespace std::chrono_literals;

constexpr ClientOptions kImpatientClient{
    .call_timeout = 500ms, .attempt_timeout = 50ms, .backoff = {.first = 1ms, .max = 5ms}};

// A store with two members and a client of both.
struct ClientFixture {
  FakeStore store;
  std::shared_ptr<FakeMember> first = std::make_shared<FakeMember>(store);
  std::shared_ptr<FakeMember> second = std::make_shared<FakeMember>(store);
  std::shared_ptr<Client> client = std::make_shared<Client>(
      std::vector<Client::Endpoint>{etcd::fake_endpoint("first", first), etcd::fake_endpoint("second", second)},
      kImpatientClient);

  template <class F>
  void run(F body) {
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run(std::move(body));
    EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
  }
};

TEST(EtcdClient, puts_gets_and_removes) {
  ClientFixture fixture;
  fixture.run([&]() -> Task<> {
    const etcd::PutResult put = co_await fixture.client->put("k", "v");
    EXPECT_EQ(put.header.revision, 2);
    const std::optional<etcd::KeyValue> found = co_await fixture.client->get("k");
    EXPECT_EQ(found, (etcd::KeyValue{"k", "v", 2, 2, 1, 0}));
    const etcd::DeleteResult removed = co_await fixture.client->remove("k");
    EXPECT_EQ(removed.deleted, 1);
    const std::optional<etcd::KeyValue> gone = co_await fixture.client->get("k");
    EXPECT_FALSE(gone.has_value());
  });
}

TEST(EtcdClient, the_servers_errors_keep_code_and_text) {
  ClientFixture fixture;
  fixture.run([&]() -> Task<> {
    const Result<etcd::PutResult> put = co_await fixture.client->put("", "v").result();
    EXPECT_EQ(put.error().code(), Code::kInvalidArgument);
    EXPECT_EQ(put.error().message(), "etcdserver: key is not provided");
    EXPECT_EQ(fixture.first->calls, 1) << "what is wrong with the request is not tried elsewhere";
    EXPECT_EQ(fixture.second->calls, 0);
  });
}

TEST(EtcdClient, reads_go_on_with_another_endpoint_when_one_is_down) {
  ClientFixture fixture;
  fixture.first->down = true;
  fixture.store.put("k", "v");
  fixture.run([&]() -> Task<> {
    const std::optional<etcd::KeyValue> found = co_await fixture.client->get("k");
    EXPECT_EQ(found->value, "v");
    const int asked = fixture.first->calls;
    co_await fixture.client->get("k");
    EXPECT_EQ(fixture.first->calls, asked) << "the endpoint that answered stays in use";
  });
}

TEST(EtcdClient, reads_go_on_with_another_endpoint_when_one_does_not_answer) {
  ClientFixture fixture;
  fixture.first->silent = true;
  fixture.store.put("k", "v");
  fixture.run([&]() -> Task<> {
    const std::optional<etcd::KeyValue> found = co_await fixture.client->get("k");
    EXPECT_EQ(found->value, "v");
  });
}

TEST(EtcdClient, a_write_that_may_have_been_executed_is_not_repeated) {
  ClientFixture fixture;
  fixture.first->down = true;
  fixture.run([&]() -> Task<> {
    const Result<etcd::PutResult> put = co_await fixture.client->put("k", "v").result();
    EXPECT_EQ(put.error().code(), Code::kUnavailable);
    EXPECT_EQ(put.error().detail("endpoint"), "first");
    EXPECT_EQ(fixture.second->calls, 0);
    // The next write goes to the other endpoint.
    co_await fixture.client->put("k", "w");
    EXPECT_EQ(fixture.store.keys.at("k").value(), "w");
  });
}

TEST(EtcdClient, a_write_that_was_never_sent_goes_to_another_endpoint) {
  ClientFixture fixture;
  fixture.first->unreachable = true;
  fixture.run([&]() -> Task<> {
    co_await fixture.client->put("k", "v");
    EXPECT_EQ(fixture.store.keys.at("k").value(), "v");
  });
}

TEST(EtcdClient, gives_up_at_its_time_limit_with_the_last_error) {
  ClientFixture fixture;
  fixture.first->down = true;
  fixture.second->down = true;
  fixture.run([&]() -> Task<> {
    const auto begun = std::chrono::steady_clock::now();
    const Result<std::optional<etcd::KeyValue>> found = co_await fixture.client->get("k").result();
    EXPECT_EQ(found.error().code(), Code::kUnavailable);
    EXPECT_EQ(found.error().message(), "connection refused");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    EXPECT_GT(fixture.first->calls, 2);
    EXPECT_GT(fixture.second->calls, 2);
  });
}

TEST(EtcdClient, the_callers_deadline_is_shorter_than_its_own) {
  ClientFixture fixture;
  fixture.first->silent = true;
  fixture.second->silent = true;
  fixture.run([&]() -> Task<> {
    const Result<std::optional<etcd::KeyValue>> found = co_await with_timeout(10ms, fixture.client->get("k")).result();
    EXPECT_EQ(found.error().code(), Code::kDeadlineExceeded);
    EXPECT_EQ(fixture.second->calls, 0);
  });
}

TEST(EtcdClient, lists_large_ranges_in_pieces_and_completely) {
  ClientFixture fixture;
  const int count = 2 * static_cast<int>(Client::kListPage) + 7;
  for (int i = 0; i < count; ++i) fixture.store.put(fmt::format("/a/{:05}", i), "v");
  fixture.store.put("/b/", "not meant");
  fixture.run([&]() -> Task<> {
    const etcd::RangeResult all = co_await fixture.client->list(KeyRange::prefix("/a/"));
    EXPECT_EQ(all.key_values.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(all.key_values.back().key, fmt::format("/a/{:05}", count - 1));
    EXPECT_EQ(all.count, count);
    EXPECT_EQ(fixture.first->calls, 3);
    const etcd::RangeResult one = co_await fixture.client->list(KeyRange::single("/a/00003"));
    EXPECT_EQ(one.key_values.size(), 1U);
  });
}

TEST(EtcdClient, leases_are_granted_and_revoked) {
  ClientFixture fixture;
  fixture.run([&]() -> Task<> {
    const etcd::Lease lease = co_await fixture.client->grant(7s);
    EXPECT_EQ(lease.ttl, 7s);
    co_await fixture.client->put("k", "v", {.lease = lease.id});
    co_await fixture.client->revoke(lease.id);
    EXPECT_TRUE(fixture.store.keys.empty());
    const Result<> again = co_await fixture.client->revoke(lease.id).result();
    EXPECT_TRUE(etcd::is_lease_lost(again.error()));
    const Result<etcd::PutResult> orphan = co_await fixture.client->put("k", "v", {.lease = lease.id}).result();
    EXPECT_EQ(orphan.error().message(), "etcdserver: requested lease not found");
  });
}

}  // namespace
}  // namespace skerry
