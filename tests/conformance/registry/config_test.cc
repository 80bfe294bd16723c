// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/registry/registry_fixture.h"

#include "skerry/config/registry_source.h"

namespace skerry::conformance {
namespace registry_config_test {

struct OrderConfig {
  int max_items = 100;
  int timeout_ms = 500;
  Result<> validate() const {
    if (max_items < 1) return fail(invalid_field("max_items", "expected at least 1"));
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(OrderConfig, (), (max_items, timeout_ms))

}  // namespace registry_config_test

namespace {

using namespace std::chrono_literals;
using ClientPtr = std::shared_ptr<etcd::Client>;
using config::Layer;
using OrderConfiguration = config::Configuration<registry_config_test::OrderConfig>;

SKERRY_REGISTRY_SUITE(RegistryConfig);

const config::ConfigKey kOrderKey{.group = "shop", .data_id = "order"};
constexpr const char* kOrderPath = "/skerry/config/public/shop/order";

std::unique_ptr<OrderConfiguration> order_configuration() {
  auto made =
      OrderConfiguration::create({.file = R"({"max_items":50})", .environment = {{"SKERRY_CONFIG_TIMEOUT_MS", "250"}}});
  EXPECT_TRUE(made.has_value()) << made.error().to_string();
  return *std::move(made);
}

TEST_P(RegistryConfig, a_change_takes_effect_within_a_second_and_a_deletion_falls_back) {
  run([](ClientPtr client) -> Task<> {
    const auto configuration = order_configuration();
    config::RegistrySource source(client, kOrderKey, *configuration);
    co_await beside([&] { return source.run(); },
                    [&]() -> Task<> {
                      co_await source.loaded();
                      EXPECT_EQ(configuration->get()->max_items, 50);
                      const auto begun = std::chrono::steady_clock::now();
                      co_await client->put(kOrderPath, R"({"max_items":20,"timeout_ms":100})");
                      co_await eventually([&] { return configuration->get()->max_items == 20; });
                      EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
                      EXPECT_EQ(configuration->get()->timeout_ms, 100);
                      EXPECT_EQ(configuration->origin("timeout_ms"), Layer::kRegistry);
                      co_await client->remove(kOrderPath);
                      co_await eventually([&] { return configuration->get()->max_items == 50; });
                      EXPECT_EQ(configuration->get()->timeout_ms, 250);
                      EXPECT_EQ(configuration->origin("timeout_ms"), Layer::kEnvironment);
                    });
  });
}

TEST_P(RegistryConfig, what_was_there_before_is_in_force_when_it_is_loaded) {
  run([](ClientPtr client) -> Task<> {
    co_await client->put(kOrderPath, R"({"max_items":20})");
    const auto configuration = order_configuration();
    config::RegistrySource source(client, kOrderKey, *configuration);
    co_await beside([&] { return source.run(); },
                    [&]() -> Task<> {
                      co_await source.loaded();
                      EXPECT_EQ(configuration->get()->max_items, 20);
                    });
  });
}

TEST_P(RegistryConfig, a_document_that_does_not_fit_is_refused_whole_and_the_last_good_one_stays) {
  run([](ClientPtr client) -> Task<> {
    const auto configuration = order_configuration();
    config::RegistrySource source(client, kOrderKey, *configuration);
    const auto refusal = [&] {
      const std::optional<Error> error = configuration->last_refusal(Layer::kRegistry);
      return error ? error->message() : std::string();
    };
    co_await beside([&] { return source.run(); },
                    [&]() -> Task<> {
                      co_await client->put(kOrderPath, R"({"max_items":20})");
                      co_await eventually([&] { return configuration->get()->max_items == 20; });
                      co_await client->put(kOrderPath, R"({"timeout_ms":1,"max_items":"many"})");
                      co_await eventually([&] { return refusal().find("max_items") != std::string::npos; });
                      EXPECT_EQ(configuration->get()->max_items, 20);
                      EXPECT_EQ(configuration->get()->timeout_ms, 250) << "no part of it is in force";
                      co_await client->put(kOrderPath, R"({"max_items":0})");
                      co_await eventually([&] { return refusal().find("at least 1") != std::string::npos; });
                      const std::string range_refusal = refusal();
                      co_await client->put(kOrderPath, "max_items: 7");
                      co_await eventually([&] { return refusal() != range_refusal; });
                      EXPECT_EQ(configuration->get()->max_items, 20);
                      co_await client->put(kOrderPath, R"({"max_items":30,"of_another_version":1})");
                      co_await eventually([&] { return configuration->get()->max_items == 30; });
                      EXPECT_EQ(refusal(), "");
                    });
  });
}

TEST_P(RegistryConfig, stays_in_force_while_the_registry_is_away_and_is_followed_again_after) {
  run([this](ClientPtr client) -> Task<> {
    const auto configuration = order_configuration();
    int failures = 0;
    config::RegistrySource source(client, kOrderKey, *configuration,
                                  [&](const Result<>& state) { failures += state ? 0 : 1; });
    co_await client->put(kOrderPath, R"({"max_items":20})");
    co_await beside([&] { return source.run(); },
                    [&]() -> Task<> {
                      co_await source.loaded();
                      server->kill();
                      co_await eventually([&] { return failures > 0; });
                      EXPECT_EQ(configuration->get()->max_items, 20);
                      server->start();
                      co_await client->get(kOrderPath);
                      co_await client->put(kOrderPath, R"({"max_items":10})");
                      co_await eventually([&] { return configuration->get()->max_items == 10; });
                    });
  });
}

}  // namespace
}  // namespace skerry::conformance
