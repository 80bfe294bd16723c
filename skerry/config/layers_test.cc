// SPDX-License-Identifier: Apache-2.0
#include "skerry/config/layers.h"

#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace skerry {
namespace layers_test {

struct Limits {
  std::uint32_t burst = 10;
  double rate = 1.5;
};
BOOST_DESCRIBE_STRUCT(Limits, (), (burst, rate))

enum class Mode : std::uint8_t { kFast, kSafe };
BOOST_DESCRIBE_ENUM(Mode, kFast, kSafe)

struct Shop {
  int max_items = 100;
  int min_items = 1;
  std::string currency = "EUR";
  std::optional<std::string> note;
  std::vector<std::string> tags;
  std::map<std::string, int> quotas;
  Mode mode = Mode::kSafe;
  Limits limits;
  bool open = true;
  Result<> validate() const {
    if (max_items < min_items) return fail(invalid_field("max_items", "expected at least min_items"));
    if (currency == "none") return fail(Error::failed_precondition("no shop without a currency"));
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(Shop, (), (max_items, min_items, currency, note, tags, quotas, mode, limits, open))

struct MustBeSet {
  std::string database;
  int retries = 3;
  Result<> validate() const {
    if (database.empty()) return fail(invalid_field("database", "expected a path"));
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(MustBeSet, (), (database, retries))

}  // namespace layers_test

namespace {

using config::Applied;
using config::Layer;
using config::Layers;
using layers_test::Mode;
using layers_test::MustBeSet;
using layers_test::Shop;

std::string layers_problem(const Result<Applied>& applied) {
  return applied ? "accepted" : applied.error().to_string();
}

TEST(Layers, start_with_the_defaults_of_the_struct) {
  const Layers<Shop> layers;
  EXPECT_EQ(layers.value().max_items, 100);
  EXPECT_EQ(layers.origin("max_items"), Layer::kDefaults);
}

TEST(Layers, start_with_the_defaults_that_were_given) {
  Shop defaults;
  defaults.limits.burst = 77;
  Layers<Shop> layers(defaults);
  ASSERT_TRUE(layers.apply(Layer::kFile, R"({"limits":{"rate":2}})").has_value());
  EXPECT_EQ(layers.value().limits.burst, 77U);
  EXPECT_EQ(layers.value().limits.rate, 2);
}

// Every subset of the three upper layers, in every order of arrival: the highest layer that is there decides.
TEST(Layers, the_highest_layer_that_sets_a_field_decides_in_all_combinations) {
  const std::vector<Layer> uppers{Layer::kFile, Layer::kEnvironment, Layer::kRegistry};
  const std::vector<std::vector<std::size_t>> orders{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
  for (unsigned subset = 0; subset < 8; ++subset) {
    for (const auto& order : orders) {
      Layers<Shop> layers;
      Layer expected = Layer::kDefaults;
      for (const std::size_t i : order) {
        if ((subset & (1U << i)) == 0) continue;
        const int value = 200 + static_cast<int>(i);
        ASSERT_TRUE(layers.apply(uppers[i], fmt::format(R"({{"max_items":{}}})", value)).has_value());
        expected = std::max(expected, uppers[i]);
      }
      const int expected_value = expected == Layer::kDefaults ? 100 : 199 + static_cast<int>(expected);
      EXPECT_EQ(layers.value().max_items, expected_value) << "subset " << subset;
      EXPECT_EQ(layers.origin("max_items"), expected);
    }
  }
}

TEST(Layers, each_layer_sets_its_own_fields_of_a_nested_object) {
  Layers<Shop> layers;
  ASSERT_TRUE(layers.apply(Layer::kFile, R"({"limits":{"burst":1},"tags":["a","b"]})").has_value());
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"limits":{"rate":9.5},"tags":["c"]})").has_value());
  EXPECT_EQ(layers.value().limits.burst, 1U);
  EXPECT_EQ(layers.value().limits.rate, 9.5);
  EXPECT_EQ(layers.value().tags, std::vector<std::string>{"c"});
  EXPECT_EQ(layers.origin("limits.burst"), Layer::kFile);
  EXPECT_EQ(layers.origin("limits.rate"), Layer::kRegistry);
  EXPECT_EQ(layers.origin("tags[0]"), Layer::kRegistry);
}

TEST(Layers, clearing_a_layer_falls_back_to_the_ones_below) {
  Layers<Shop> layers;
  ASSERT_TRUE(layers.apply(Layer::kFile, R"({"max_items":50})").has_value());
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"max_items":20,"open":false})").has_value());
  const Result<Applied> cleared = layers.clear(Layer::kRegistry);
  ASSERT_TRUE(cleared.has_value());
  EXPECT_TRUE(cleared->changed);
  EXPECT_EQ(layers.value().max_items, 50);
  EXPECT_TRUE(layers.value().open);
}

TEST(Layers, a_new_document_of_a_layer_replaces_the_old_one_whole) {
  Layers<Shop> layers;
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"max_items":20,"open":false})").has_value());
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"max_items":30})").has_value());
  EXPECT_TRUE(layers.value().open);
}

TEST(Layers, an_unknown_field_is_a_warning_of_the_layer_that_has_it) {
  Layers<Shop> layers;
  const Result<Applied> applied =
      layers.apply(Layer::kRegistry, R"({"max_itmes":20,"limits":{"brust":1},"open":false})");
  ASSERT_TRUE(applied.has_value());
  EXPECT_EQ(applied->warnings, (std::vector<std::string>{"registry: the unknown field limits.brust is ignored",
                                                         "registry: the unknown field max_itmes is ignored"}));
  EXPECT_FALSE(layers.value().open);
  EXPECT_TRUE(layers.apply(Layer::kFile, R"({"open":true})")->warnings.empty());
}

TEST(Layers, a_wrong_type_refuses_the_whole_document_and_the_last_good_one_stays) {
  Layers<Shop> layers;
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"max_items":20})").has_value());
  EXPECT_EQ(layers_problem(layers.apply(Layer::kRegistry, R"({"open":false,"max_items":"many"})")),
            R"(INVALID_ARGUMENT: registry: max_items: expected an integer, got "many")");
  EXPECT_EQ(layers.value().max_items, 20);
  EXPECT_TRUE(layers.value().open);
  EXPECT_EQ(layers.origin("open"), Layer::kDefaults);
}

TEST(Layers, a_value_out_of_range_refuses_the_whole_document) {
  Layers<Shop> layers;
  EXPECT_EQ(layers_problem(layers.apply(Layer::kRegistry, R"({"max_items":0,"open":false})")),
            "INVALID_ARGUMENT: registry: max_items: expected at least min_items");
  EXPECT_EQ(layers_problem(layers.apply(Layer::kRegistry, R"({"currency":"none"})")),
            "FAILED_PRECONDITION: registry: no shop without a currency");
  EXPECT_EQ(layers_problem(layers.apply(Layer::kRegistry, R"({"limits":{"burst":-1}})")),
            "INVALID_ARGUMENT: registry: limits.burst: expected an integer from 0 to 4294967295, got -1");
  EXPECT_EQ(layers_problem(layers.apply(Layer::kRegistry, R"({"max_items":null})")),
            "INVALID_ARGUMENT: registry: max_items: expected an integer, got null");
  EXPECT_TRUE(layers.value().open);
}

TEST(Layers, a_document_that_is_no_json_object_is_refused) {
  Layers<Shop> layers;
  EXPECT_EQ(layers_problem(layers.apply(Layer::kRegistry, "[1]")),
            "INVALID_ARGUMENT: registry: expected a JSON object, got [1]");
  EXPECT_TRUE(layers_problem(layers.apply(Layer::kRegistry, "")).starts_with("INVALID_ARGUMENT: registry: "));
  EXPECT_TRUE(layers_problem(layers.apply(Layer::kFile, "{\"max_items\":1,}")).starts_with("INVALID_ARGUMENT: file: "));
  EXPECT_EQ(layers.value().max_items, 100);
}

TEST(Layers, a_wrong_value_does_not_hide_behind_an_upper_layer) {
  Layers<Shop> layers;
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"max_items":20})").has_value());
  EXPECT_EQ(layers_problem(layers.apply(Layer::kFile, R"({"max_items":"x"})")),
            R"(INVALID_ARGUMENT: file: max_items: expected an integer, got "x")");
  EXPECT_TRUE(layers.clear(Layer::kRegistry).has_value());
}

TEST(Layers, a_change_below_that_breaks_the_whole_is_refused) {
  Layers<Shop> layers;
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"max_items":20})").has_value());
  EXPECT_EQ(layers_problem(layers.apply(Layer::kFile, R"({"min_items":50})")),
            "INVALID_ARGUMENT: file: max_items: expected at least min_items");
  EXPECT_EQ(layers.value().min_items, 1);
}

TEST(Layers, a_default_that_must_be_replaced_may_be_replaced_by_any_layer) {
  Layers<MustBeSet> layers;
  EXPECT_EQ(layers_problem(layers.apply(Layer::kFile, R"({"retries":1})")),
            "INVALID_ARGUMENT: file: database: expected a path");
  ASSERT_TRUE(layers.apply(Layer::kRegistry, R"({"database":"orders.db"})").has_value());
  ASSERT_TRUE(layers.apply(Layer::kFile, R"({"retries":1})").has_value());
  EXPECT_EQ(layers_problem(layers.clear(Layer::kRegistry)), "INVALID_ARGUMENT: registry: database: expected a path");
  EXPECT_EQ(layers.value().database, "orders.db");
}

TEST(Layers, the_same_document_again_changes_nothing) {
  Layers<Shop> layers;
  EXPECT_TRUE(layers.apply(Layer::kRegistry, R"({"max_items":20})")->changed);
  EXPECT_FALSE(layers.apply(Layer::kRegistry, R"({ "max_items" : 20 })")->changed);
  EXPECT_FALSE(layers.apply(Layer::kFile, R"({"max_items":30})")->changed);
  EXPECT_FALSE(layers.clear(Layer::kEnvironment)->changed);
}

TEST(Layers, the_effective_document_is_the_merged_one) {
  Layers<layers_test::Limits> layers;
  ASSERT_TRUE(layers.apply(Layer::kFile, R"({"burst":3})").has_value());
  EXPECT_EQ(json_text(layers.document()), R"({"burst":3,"rate":1.5E0})");
}

TEST(Layers, environment_variables_set_fields_by_their_names) {
  Layers<Shop> layers;
  const Result<Applied> applied = layers.apply_environment({{"SKERRY_CONFIG_MAX_ITEMS", "20"},
                                                            {"SKERRY_CONFIG_CURRENCY", "123"},
                                                            {"SKERRY_CONFIG_NOTE", "null"},
                                                            {"SKERRY_CONFIG_TAGS", R"(["x","y"])"},
                                                            {"SKERRY_CONFIG_QUOTAS", R"({"u1":5})"},
                                                            {"SKERRY_CONFIG_MODE", "fast"},
                                                            {"SKERRY_CONFIG_OPEN", "false"},
                                                            {"SKERRY_CONFIG_LIMITS__BURST", "5"},
                                                            {"HOME", "/root"}});
  ASSERT_TRUE(applied.has_value()) << applied.error().to_string();
  EXPECT_TRUE(applied->warnings.empty());
  EXPECT_EQ(layers.value().max_items, 20);
  EXPECT_EQ(layers.value().currency, "123");
  EXPECT_EQ(layers.value().note, "null");
  EXPECT_EQ(layers.value().tags, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(layers.value().quotas.at("u1"), 5);
  EXPECT_EQ(layers.value().mode, Mode::kFast);
  EXPECT_FALSE(layers.value().open);
  EXPECT_EQ(layers.value().limits.burst, 5U);
  EXPECT_EQ(layers.value().limits.rate, 1.5);
}

TEST(Layers, a_variable_for_a_whole_object_is_refined_by_those_for_its_fields) {
  Layers<Shop> layers;
  ASSERT_TRUE(
      layers
          .apply_environment({{"SKERRY_CONFIG_LIMITS__RATE", "7"}, {"SKERRY_CONFIG_LIMITS", R"({"burst":4,"rate":2})"}})
          .has_value());
  EXPECT_EQ(layers.value().limits.burst, 4U);
  EXPECT_EQ(layers.value().limits.rate, 7);
}

TEST(Layers, a_variable_that_names_no_field_is_a_warning) {
  Layers<Shop> layers;
  const Result<Applied> applied = layers.apply_environment({{"SKERRY_CONFIG_MAX_ITEM", "20"},
                                                            {"SKERRY_CONFIG_LIMITS__NOTHING", "1"},
                                                            {"SKERRY_CONFIG_MAX_ITEMS__DEEP", "1"},
                                                            {"SKERRY_CONFIG_", "1"}});
  ASSERT_TRUE(applied.has_value());
  EXPECT_FALSE(applied->changed);
  EXPECT_EQ(applied->warnings, (std::vector<std::string>{
                                   "environment: SKERRY_CONFIG_ names no field and is ignored",
                                   "environment: SKERRY_CONFIG_LIMITS__NOTHING names no field and is ignored",
                                   "environment: SKERRY_CONFIG_MAX_ITEM names no field and is ignored",
                                   "environment: SKERRY_CONFIG_MAX_ITEMS__DEEP names no field and is ignored",
                               }));
}

TEST(Layers, a_variable_with_a_wrong_value_is_refused_with_its_field) {
  Layers<Shop> layers;
  EXPECT_EQ(layers_problem(layers.apply_environment({{"SKERRY_CONFIG_MAX_ITEMS", "many"}})),
            R"(INVALID_ARGUMENT: environment: max_items: expected an integer, got "many")");
  EXPECT_EQ(layers_problem(layers.apply_environment({{"SKERRY_CONFIG_MODE", "slow"}})),
            R"(INVALID_ARGUMENT: environment: mode: expected one of "fast", "safe", got "slow")");
  EXPECT_EQ(
      layers_problem(layers.apply_environment({{"SKERRY_CONFIG_LIMITS", "7"}, {"SKERRY_CONFIG_LIMITS__BURST", "7"}})),
      "INVALID_ARGUMENT: environment: limits: expected an object, got 7");
}

TEST(Layers, the_process_environment_is_read_by_its_prefix) {
  ASSERT_EQ(setenv("SKERRY_CONFIG_ZZ_TEST", "a=b", 1), 0);
  const auto variables = config::process_environment();
  unsetenv("SKERRY_CONFIG_ZZ_TEST");
  EXPECT_NE(std::find(variables.begin(), variables.end(), config::EnvironmentVariable("SKERRY_CONFIG_ZZ_TEST", "a=b")),
            variables.end());
  for (const auto& [name, value] : variables) EXPECT_TRUE(name.starts_with("SKERRY_CONFIG_"));
}

}  // namespace
}  // namespace skerry
