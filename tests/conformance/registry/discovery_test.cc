// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/registry/registry_fixture.h"

#include "skerry/discovery/directory.h"
#include "skerry/discovery/registrar.h"

namespace skerry::conformance {
namespace {

using discovery::Directory;
using discovery::Endpoints;
using discovery::Instance;
using discovery::Registrar;
using namespace std::chrono_literals;
using ClientPtr = std::shared_ptr<etcd::Client>;

SKERRY_REGISTRY_SUITE(RegistryDiscovery);

Instance instance_named(const std::string& id) {
  return {.id = id, .service = "order", .address = "127.0.0.1:41234", .started_at = discovery::utc_now()};
}

TEST_P(RegistryDiscovery, instances_come_and_go) {
  run([](ClientPtr client) -> Task<> {
    Directory directory(client);
    const Live<Endpoints> orders = directory.endpoints("order");
    co_await beside([&] { return directory.run(); },
                    [&]() -> Task<> {
                      co_await directory.ready();
                      Registrar first(client);
                      Registrar second(client);
                      co_await beside(
                          [&] { return first.run(Live<Instance>(instance_named("a"))); },
                          [&]() -> Task<> {
                            co_await beside(
                                [&] { return second.run(Live<Instance>(instance_named("b"))); },
                                [&]() -> Task<> { co_await eventually([&] { return orders.get()->size() == 2; }); });
                            // The second one has deregistered on its way out, long before its lease would have ended.
                            const auto stopped = std::chrono::steady_clock::now();
                            co_await eventually([&] { return orders.get()->size() == 1; });
                            EXPECT_LT(std::chrono::steady_clock::now() - stopped, 1s);
                          });
                      co_await eventually([&] { return orders.get()->empty(); });
                    });
  });
}

TEST_P(RegistryDiscovery, an_instance_whose_process_died_leaves_with_its_lease) {
  run([](ClientPtr client) -> Task<> {
    Directory directory(client);
    const Live<Endpoints> orders = directory.endpoints("order");
    co_await beside([&] { return directory.run(); },
                    [&]() -> Task<> {
                      // What a killed process leaves behind: a lease that nobody renews.
                      const etcd::Lease lease = co_await client->grant(2s);
                      const Instance dead = instance_named("dead");
                      co_await client->put(discovery::instance_key(dead), to_json(dead), {.lease = lease.id});
                      co_await eventually([&] { return orders.get()->size() == 1; });
                      co_await eventually([&] { return orders.get()->empty(); });
                    });
  });
}

TEST_P(RegistryDiscovery, registrations_return_after_the_registry_lost_its_data_and_nobody_sees_a_gap) {
  run([this](ClientPtr client) -> Task<> {
    Directory directory(client);
    Registrar registrar(client, {.session = {.ttl = 3s}});
    const Live<Endpoints> orders = directory.endpoints("order");
    std::size_t fewest = 1;
    // So that the store has been further than the new one will be.
    for (int i = 0; i < 20; ++i) co_await client->put("filler", "x");
    co_await beside([&] { return directory.run(); },
                    [&]() -> Task<> {
                      co_await beside([&] { return registrar.run(Live<Instance>(instance_named("a"))); },
                                      [&]() -> Task<> {
                                        co_await eventually([&] { return orders.get()->size() == 1; });
                                        server->kill();
                                        server->wipe();
                                        server->start();
                                        for (bool back = false; !back;) {
                                          fewest = std::min(fewest, orders.get()->size());
                                          const auto found =
                                              co_await client->get("/skerry/services/public/order/a").result();
                                          back = found && found->has_value();
                                          co_await sleep(5ms);
                                        }
                                        co_await eventually([&] { return *registrar.registered().get(); });
                                        EXPECT_EQ(fewest, 1U);
                                      });
                    });
  });
}

TEST_P(RegistryDiscovery, registrations_outlive_a_restart_of_the_registry) {
  run([this](ClientPtr client) -> Task<> {
    Directory directory(client);
    Registrar registrar(client, {.session = {.ttl = 5s}});
    const Live<Endpoints> orders = directory.endpoints("order");
    co_await beside([&] { return directory.run(); },
                    [&]() -> Task<> {
                      co_await beside([&] { return registrar.run(Live<Instance>(instance_named("a"))); },
                                      [&]() -> Task<> {
                                        co_await eventually([&] { return orders.get()->size() == 1; });
                                        server->kill();
                                        server->start();
                                        co_await sleep(7s);
                                        const auto found = co_await client->get("/skerry/services/public/order/a");
                                        EXPECT_TRUE(found.has_value());
                                        EXPECT_EQ(orders.get()->size(), 1U);
                                      });
                    });
  });
}

TEST_P(RegistryDiscovery, an_instance_whose_lease_was_revoked_registers_anew) {
  run([](ClientPtr client) -> Task<> {
    const std::string key = discovery::instance_key(instance_named("a"));
    std::vector<std::string> losses;
    Registrar registrar(client, {.session = {.ttl = 3s}, .on_state = [&](const Result<>& state) {
                                   if (!state) losses.push_back(state.error().to_string());
                                 }});
    co_await beside([&] { return registrar.run(Live<Instance>(instance_named("a"))); },
                    [&]() -> Task<> {
                      co_await eventually([&] { return *registrar.registered().get(); });
                      const auto first = co_await client->get(key);
                      co_await client->revoke(first->lease);
                      std::optional<etcd::KeyValue> again;
                      while (!again) {
                        again = co_await client->get(key);
                        co_await sleep(5ms);
                      }
                      EXPECT_NE(again->lease, first->lease);
                      EXPECT_EQ(again->value, first->value);
                      EXPECT_EQ(losses.size(), 1U);
                    });
    const auto left = co_await client->get(key);
    EXPECT_FALSE(left.has_value());
  });
}

TEST_P(RegistryDiscovery, a_drained_instance_stays_known_and_gets_no_calls) {
  run([](ClientPtr client) -> Task<> {
    Directory directory(client);
    Registrar registrar(client);
    const Live<Endpoints> orders = directory.endpoints("order");
    Live<Instance> instance(instance_named("a"));
    co_await beside([&] { return directory.run(); },
                    [&]() -> Task<> {
                      co_await beside([&] { return registrar.run(instance); },
                                      [&]() -> Task<> {
                                        co_await eventually([&] { return orders.get()->addresses().size() == 1; });
                                        Instance drained = *instance.get();
                                        drained.weight = 0;
                                        instance.set(drained);
                                        co_await eventually([&] { return orders.get()->addresses().empty(); });
                                        EXPECT_EQ(orders.get()->size(), 1U);
                                      });
                    });
  });
}

}  // namespace
}  // namespace skerry::conformance
