// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/configuration.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"

namespace skerry {
namespace configuration_test {

struct Orders {
  int max_items = 100;
  int timeout_ms = 500;
  Result<> validate() const {
    if (max_items < 1 || max_items > 1'000) return fail(invalid_field("max_items", "expected 1 to 1000"));
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(Orders, (), (max_items, timeout_ms))

}  // namespace configuration_test

namespace {

using config::Configuration;
using config::Layer;
using config::Report;
using configuration_test::Orders;
using OrdersStart = config::ConfigurationStart<Orders>;

std::unique_ptr<Configuration<Orders>> orders_configuration(OrdersStart start = {}) {
  auto made = Configuration<Orders>::create(std::move(start));
  EXPECT_TRUE(made.has_value()) << made.error().to_string();
  return *std::move(made);
}

TEST(Configuration, starts_from_defaults_file_and_environment) {
  const auto orders = orders_configuration(
      {.file = R"({"max_items":50,"timeout_ms":100})", .environment = {{"SKERRY_CONFIG_MAX_ITEMS", "20"}}});
  EXPECT_EQ(orders->get()->max_items, 20);
  EXPECT_EQ(orders->get()->timeout_ms, 100);
  EXPECT_EQ(orders->origin("max_items"), Layer::kEnvironment);
  EXPECT_EQ(orders->document(), R"({"max_items":20,"timeout_ms":100})");
}

TEST(Configuration, does_not_start_on_a_wrong_file_or_environment) {
  const auto file = Configuration<Orders>::create({.file = R"({"max_items":0})"});
  EXPECT_EQ(file.error().to_string(), "INVALID_ARGUMENT: file: max_items: expected 1 to 1000");
  const auto environment = Configuration<Orders>::create({.environment = {{"SKERRY_CONFIG_TIMEOUT_MS", "soon"}}});
  EXPECT_EQ(environment.error().to_string(),
            R"(INVALID_ARGUMENT: environment: timeout_ms: expected an integer, got "soon")");
  const auto defaults = Configuration<Orders>::create({.defaults = {.max_items = 0}});
  EXPECT_FALSE(defaults.has_value());
}

TEST(Configuration, a_default_that_must_be_replaced_is_replaced_by_the_environment_although_there_is_a_file) {
  const auto orders = orders_configuration(
      {.defaults = {.max_items = 0}, .file = R"({"timeout_ms":1})", .environment = {{"SKERRY_CONFIG_MAX_ITEMS", "2"}}});
  EXPECT_EQ(orders->get()->max_items, 2);
  EXPECT_EQ(orders->get()->timeout_ms, 1);
}

TEST(Configuration, a_refused_document_leaves_the_last_good_one_and_says_why) {
  std::vector<std::string> reports;
  const auto orders = orders_configuration({.reporter = [&](const Report& report) {
    reports.push_back(fmt::format("{} {}", static_cast<int>(report.severity), report.message));
  }});
  ASSERT_TRUE(orders->apply(Layer::kRegistry, R"({"max_items":20,"colour":1})").has_value());
  const auto before = orders->get();
  EXPECT_FALSE(orders->apply(Layer::kRegistry, R"({"max_items":5000})").has_value());
  EXPECT_EQ(orders->get(), before);
  EXPECT_EQ(orders->last_refusal(Layer::kRegistry)->message(), "registry: max_items: expected 1 to 1000");
  EXPECT_EQ(reports, (std::vector<std::string>{
                         "1 registry: the unknown field colour is ignored",
                         "0 registry: changed the configuration",
                         "2 refused, the last good configuration stays: registry: max_items: expected 1 to 1000",
                     }));
  ASSERT_TRUE(orders->apply(Layer::kRegistry, R"({"max_items":21})").has_value());
  EXPECT_FALSE(orders->last_refusal(Layer::kRegistry).has_value());
}

TEST(Configuration, taking_the_registry_layer_away_falls_back) {
  const auto orders = orders_configuration({.file = R"({"max_items":50})"});
  ASSERT_TRUE(orders->apply(Layer::kRegistry, R"({"max_items":20})").has_value());
  ASSERT_TRUE(orders->apply(Layer::kRegistry, std::nullopt).has_value());
  EXPECT_EQ(orders->get()->max_items, 50);
}

TEST(Configuration, watchers_wake_for_changes_and_for_nothing_else) {
  const auto orders = orders_configuration();
  Runtime runtime({.workers = 1});
  const Result<std::vector<int>> seen = runtime.run([&]() -> Task<std::vector<int>> {
    std::vector<int> values;
    Event first_seen;
    co_await with_scope([&](Scope& scope) -> Task<> {
      Live<Orders>::Watcher watcher = orders->live().watch();
      scope.go([&]() -> Task<> {
        co_await orders->apply(Layer::kRegistry, R"({"max_items":100})");  // the value that is in force already
        co_await orders->apply(Layer::kRegistry, R"({"max_items":20})");
        co_await first_seen.wait();
        Result<> refused = orders->apply(Layer::kRegistry, R"({"max_items":"x"})");
        if (refused) co_await Error::internal("a wrong type was accepted");
        co_await orders->apply(Layer::kRegistry, std::nullopt);
      });
      values.push_back((co_await watcher.changed())->max_items);
      first_seen.set();
      values.push_back((co_await watcher.changed())->max_items);
    });
    co_return values;
  });
  ASSERT_TRUE(seen.has_value()) << seen.error().to_string();
  EXPECT_EQ(*seen, (std::vector<int>{20, 100}));
}

}  // namespace
}  // namespace skerry
