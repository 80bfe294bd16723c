// SPDX-License-Identifier: Apache-2.0
//
// Registrar and Directory together, against a registry within the process that breaks on demand.
#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"
#include "skerry/discovery/directory.h"
#include "skerry/discovery/registrar.h"
#include "skerry/discovery/resolver.h"
#include "skerry/etcd/fake_server.h"

namespace skerry {
namespace {

using discovery::Directory;
using discovery::Endpoints;
using discovery::Instance;
using discovery::Registrar;
using etcd::FakeMember;
using etcd::FakeStore;
using namespace std::chrono_literals;

struct RegistryFixture {
  FakeStore store;
  std::shared_ptr<FakeMember> member = std::make_shared<FakeMember>(store);
  std::shared_ptr<etcd::Client> client = std::make_shared<etcd::Client>(
      std::vector<etcd::Client::Endpoint>{etcd::fake_endpoint("member", member)},
      etcd::ClientOptions{.call_timeout = 200ms, .attempt_timeout = 50ms, .backoff = {.first = 1ms, .max = 5ms}});

  // Runs the body; what it starts in the scope is cancelled when the body ends.
  template <class F>
  void run(F body) {
    Runtime runtime({.workers = 1});
    bool done = false;
    const Result<> ended = runtime.run([&]() -> Task<> {
      co_await with_timeout(20s, with_scope([&](Scope& scope) -> Task<> {
                              co_await body(scope);
                              done = true;
                              scope.cancel();
                            }));
    });
    EXPECT_TRUE(done) << ended.error().to_string();
  }
};

Instance order_instance(const std::string& id) { return {.id = id, .service = "order", .address = "127.0.0.1:41234"}; }

template <class F>
Task<> until(F condition) {
  while (!condition()) co_await sleep(1ms);
}

std::size_t count_of(const Live<Endpoints>& endpoints) { return endpoints.get()->size(); }

TEST(Registration, a_registered_instance_is_found_and_a_stopped_one_is_gone) {
  RegistryFixture fixture;
  fixture.run([&](Scope& scope) -> Task<> {
    Directory directory(fixture.client);
    const Live<Endpoints> orders = directory.endpoints("order");
    co_await with_scope([&](Scope& inner) -> Task<> {
      inner.go([&] { return directory.run(); });
      co_await directory.ready();
      EXPECT_EQ(count_of(orders), 0U);
      Registrar registrar(fixture.client);
      Result<> stopped = co_await with_scope([&](Scope& registration) -> Task<> {
                           registration.go([&] { return registrar.run(Live<Instance>(order_instance("a"))); });
                           co_await until([&] { return count_of(orders) == 1; });
                           EXPECT_TRUE(*registrar.registered().get());
                           EXPECT_EQ(directory.services(), std::vector<std::string>{"order"});
                           registration.cancel();
                         }).result();
      EXPECT_TRUE(fixture.store.leases.empty()) << "deregistered before run() has ended";
      co_await until([&] { return count_of(orders) == 0; });
      inner.cancel();
    }).result();
    (void)scope;
  });
}

TEST(Registration, a_changed_instance_is_published) {
  RegistryFixture fixture;
  Directory directory(fixture.client);
  Registrar registrar(fixture.client);
  const Live<Instance> instance(order_instance("a"));
  fixture.run([&](Scope& scope) -> Task<> {
    scope.go([&] { return directory.run(); });
    scope.go([&] { return registrar.run(instance); });
    const Live<Endpoints> orders = directory.endpoints("order");
    co_await until([&] { return count_of(orders) == 1; });
    const discovery::OutlierState* before = &orders.get()->all().front()->outlier();
    EXPECT_EQ(directory.addresses("order").get()->size(), 1U);
    Instance drained = order_instance("a");
    drained.weight = 0;
    instance.set(drained);
    co_await until([&] { return orders.get()->addresses().empty(); });
    EXPECT_TRUE(directory.addresses("order").get()->empty());
    EXPECT_EQ(&orders.get()->all().front()->outlier(), before) << "what is known of it stays with the instance";
    EXPECT_EQ(fixture.store.leases.size(), 1U) << "the same registration with another value";
  });
}

TEST(Registration, is_made_anew_when_the_lease_is_lost) {
  RegistryFixture fixture;
  Directory directory(fixture.client);
  std::vector<bool> states;
  Registrar registrar(fixture.client, {.session = {.ttl = 1s}, .on_state = [&](const Result<>& state) {
                                         states.push_back(state.has_value());
                                       }});
  fixture.run([&](Scope& scope) -> Task<> {
    scope.go([&] { return directory.run(); });
    scope.go([&] { return registrar.run(Live<Instance>(order_instance("a"))); });
    const Live<Endpoints> orders = directory.endpoints("order");
    co_await until([&] { return count_of(orders) == 1; });
    fixture.store.end_lease(fixture.store.leases.begin()->first);
    co_await until([&] { return count_of(orders) == 0; });
    co_await until([&] { return count_of(orders) == 1; });
    EXPECT_EQ(states, (std::vector<bool>{true, false, true}));
  });
}

TEST(Registration, survives_a_registry_that_comes_back_without_its_data_and_nobody_sees_a_gap) {
  RegistryFixture fixture;
  Directory directory(fixture.client);
  Registrar registrar(fixture.client, {.session = {.ttl = 1s}});
  fixture.run([&](Scope& scope) -> Task<> {
    scope.go([&] { return directory.run(); });
    scope.go([&] { return registrar.run(Live<Instance>(order_instance("a"))); });
    const Live<Endpoints> orders = directory.endpoints("order");
    co_await until([&] { return count_of(orders) == 1; });
    std::size_t fewest = 1;
    scope.go([&]() -> Task<> {
      Live<Endpoints>::Watcher watcher = orders.watch();
      for (;;) {
        const auto next = co_await watcher.changed();
        fewest = std::min(fewest, next->size());
      }
    });
    for (int i = 0; i < 10; ++i) fixture.store.put("filler", "x");
    co_await sleep(5ms);
    fixture.member->set_down(true);
    co_await sleep(10ms);
    fixture.store.lose_everything();
    fixture.store.next_lease = 5'000;
    fixture.member->set_down(false);
    co_await until([&] { return fixture.store.keys.contains("/skerry/services/public/order/a"); });
    co_await until([&] { return *registrar.registered().get(); });
    EXPECT_EQ(fewest, 1U);
  });
}

TEST(Registration, the_last_known_instances_stay_while_the_registry_is_away) {
  RegistryFixture fixture;
  int failures = 0;
  Directory directory(fixture.client, {.on_connection = [&](const Result<>& state) { failures += state ? 0 : 1; }});
  fixture.store.put("/skerry/services/public/order/a", to_json(order_instance("a")));
  fixture.run([&](Scope& scope) -> Task<> {
    scope.go([&] { return directory.run(); });
    co_await directory.ready();
    fixture.member->set_down(true);
    co_await until([&] { return failures > 5; });
    EXPECT_EQ(count_of(directory.endpoints("order")), 1U);
  });
}

TEST(Registration, waits_for_a_registry_that_starts_later) {
  RegistryFixture fixture;
  fixture.member->down = true;
  Registrar registrar(fixture.client);
  fixture.run([&](Scope& scope) -> Task<> {
    scope.go([&] { return registrar.run(Live<Instance>(order_instance("a"))); });
    co_await sleep(20ms);
    EXPECT_FALSE(*registrar.registered().get());
    fixture.member->set_down(false);
    co_await until([&] { return *registrar.registered().get(); });
  });
}

TEST(Registration, an_instance_that_is_not_valid_is_refused) {
  RegistryFixture fixture;
  fixture.run([&](Scope&) -> Task<> {
    Registrar registrar(fixture.client);
    Instance nameless = order_instance("");
    const Result<> ended = co_await registrar.run(Live<Instance>(nameless)).result();
    EXPECT_EQ(ended.error().detail("field"), "id");
  });
}

TEST(Registration, a_resolver_gives_the_instances_of_a_service_and_leaves_addresses_to_others) {
  RegistryFixture fixture;
  auto directory = std::make_shared<Directory>(fixture.client);
  discovery::RegistryResolver resolver(directory);
  fixture.run([&](Scope& scope) -> Task<> {
    scope.go([&] { return directory->run(); });
    const Live<http::Endpoints> orders = co_await resolver.resolve("order");
    EXPECT_TRUE(orders.get()->empty());
    fixture.store.put("/skerry/services/public/order/a", to_json(order_instance("a")));
    co_await until([&] { return orders.get()->size() == 1; });
    const http::Endpoint& endpoint = orders.get()->front();
    EXPECT_EQ(endpoint.address, (net::HostPort{"127.0.0.1", 41234}));
    EXPECT_EQ(discovery::Endpoint::of(endpoint)->instance().id, "a");
    const Live<http::Endpoints> address = co_await resolver.resolve("127.0.0.1:80");
    EXPECT_EQ(address.get()->size(), 1U);
    const Result<Live<http::Endpoints>> refused = co_await resolver.resolve("a/b").result();
    EXPECT_EQ(refused.error().code(), Code::kInvalidArgument);
    fixture.store.remove(etcd::KeyRange::single("/skerry/services/public/order/a"));
    co_await until([&] { return orders.get()->empty(); });
  });
}

TEST(Registration, watchers_of_a_service_do_not_wake_for_other_services) {
  RegistryFixture fixture;
  Directory directory(fixture.client);
  fixture.run([&](Scope& scope) -> Task<> {
    scope.go([&] { return directory.run(); });
    co_await directory.ready();
    const Live<Endpoints> orders = directory.endpoints("order");
    const auto before = orders.get();
    fixture.store.put("/skerry/services/public/user/u", R"({"id":"u","service":"user","address":"h:1"})");
    co_await until([&] { return count_of(directory.endpoints("user")) == 1; });
    EXPECT_EQ(orders.get(), before);
  });
}

}  // namespace
}  // namespace skerry
