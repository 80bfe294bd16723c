// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/registry_source.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"
#include "skerry/etcd/fake_server.h"

namespace skerry {
namespace registry_source_test {

struct Order {
  int max_items = 100;
  int timeout_ms = 500;
};
BOOST_DESCRIBE_STRUCT(Order, (), (max_items, timeout_ms))

}  // namespace registry_source_test

namespace {

using config::Configuration;
using config::RegistrySource;
using etcd::FakeMember;
using etcd::FakeStore;
using registry_source_test::Order;
using namespace std::chrono_literals;

constexpr const char* kOrderConfigPath = "/skerry/config/public/shop/order";

struct SourceFixture {
  FakeStore store;
  std::shared_ptr<FakeMember> member = std::make_shared<FakeMember>(store);
  std::shared_ptr<etcd::Client> client = std::make_shared<etcd::Client>(
      std::vector<etcd::Client::Endpoint>{etcd::fake_endpoint("member", member)},
      etcd::ClientOptions{.call_timeout = 200ms, .attempt_timeout = 50ms, .backoff = {.first = 1ms, .max = 5ms}});
  std::unique_ptr<Configuration<Order>> configuration = *Configuration<Order>::create({.file = R"({"max_items":50})"});
  RegistrySource source{client, {.group = "shop", .data_id = "order"}, *configuration};

  int max_items() const { return configuration->get()->max_items; }

  // Runs the source and beside it the body.
  template <class F>
  void run(F body) {
    Runtime runtime({.workers = 1});
    bool done = false;
    const Result<> ended = runtime.run([&]() -> Task<> {
      co_await with_timeout(20s, with_scope([&](Scope& scope) -> Task<> {
                              scope.go([&] { return source.run(); });
                              co_await source.loaded();
                              co_await body();
                              done = true;
                              scope.cancel();
                            }));
    });
    EXPECT_TRUE(done) << ended.error().to_string();
  }
  Task<> until_max_items(int expected) {
    while (max_items() != expected) co_await sleep(1ms);
  }
};

TEST(RegistrySource, the_document_that_is_there_is_applied_before_it_counts_as_loaded) {
  SourceFixture fixture;
  fixture.store.put(kOrderConfigPath, R"({"max_items":20})");
  fixture.run([&]() -> Task<> {
    EXPECT_EQ(fixture.max_items(), 20);
    co_return;
  });
}

TEST(RegistrySource, changes_take_effect_by_watch_and_deleting_the_key_falls_back) {
  SourceFixture fixture;
  fixture.run([&]() -> Task<> {
    EXPECT_EQ(fixture.max_items(), 50);
    const int calls = fixture.member->calls;
    fixture.store.put(kOrderConfigPath, R"({"max_items":20})");
    co_await fixture.until_max_items(20);
    fixture.store.put(kOrderConfigPath, R"({"max_items":30,"unknown":1})");
    co_await fixture.until_max_items(30);
    fixture.store.remove(etcd::KeyRange::single(kOrderConfigPath));
    co_await fixture.until_max_items(50);
    // The stream looks in once for each change; nothing was asked again.
    EXPECT_LE(fixture.member->calls, calls + 4);
    EXPECT_EQ(fixture.member->watches, 1);
  });
}

TEST(RegistrySource, a_wrong_document_leaves_the_last_good_one) {
  SourceFixture fixture;
  fixture.run([&]() -> Task<> {
    fixture.store.put(kOrderConfigPath, R"({"max_items":20})");
    co_await fixture.until_max_items(20);
    fixture.store.put(kOrderConfigPath, R"({"max_items":"many"})");
    while (!fixture.configuration->last_refusal(config::Layer::kRegistry)) co_await sleep(1ms);
    EXPECT_EQ(fixture.max_items(), 20);
    fixture.store.put(kOrderConfigPath, R"({"max_items":21})");
    co_await fixture.until_max_items(21);
  });
}

TEST(RegistrySource, goes_on_after_the_registry_was_away) {
  SourceFixture fixture;
  fixture.run([&]() -> Task<> {
    fixture.store.put(kOrderConfigPath, R"({"max_items":20})");
    co_await fixture.until_max_items(20);
    fixture.member->set_down(true);
    co_await sleep(10ms);
    EXPECT_EQ(fixture.max_items(), 20);
    fixture.store.put(kOrderConfigPath, R"({"max_items":30})");
    fixture.member->set_down(false);
    co_await fixture.until_max_items(30);
  });
}

TEST(RegistrySource, a_registry_that_lost_its_data_does_not_take_the_layer_away) {
  SourceFixture fixture;
  fixture.run([&]() -> Task<> {
    for (int i = 1; i <= 20; ++i) fixture.store.put(kOrderConfigPath, fmt::format(R"({{"max_items":{}}})", i));
    co_await fixture.until_max_items(20);
    fixture.member->set_down(true);
    co_await sleep(10ms);
    fixture.store.lose_everything();
    const int watches = fixture.member->watches;
    fixture.member->set_down(false);
    // One watch that finds the loss, and one after the new list.
    while (fixture.member->watches < watches + 2) co_await sleep(1ms);
    EXPECT_EQ(fixture.max_items(), 20);
    fixture.store.put(kOrderConfigPath, R"({"max_items":7})");
    co_await fixture.until_max_items(7);
  });
}

TEST(RegistrySource, refuses_a_key_that_cannot_be_one) {
  SourceFixture fixture;
  Runtime runtime({.workers = 1});
  RegistrySource source(fixture.client, {.group = "a/b", .data_id = "c"}, *fixture.configuration);
  const Result<> ended = runtime.run([&] { return source.run(); });
  EXPECT_EQ(ended.error().code(), Code::kInvalidArgument);
}

}  // namespace
}  // namespace skerry
