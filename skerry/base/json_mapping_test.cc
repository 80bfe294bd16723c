// SPDX-License-Identifier: Apache-2.0
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skerry/base/json.h"

namespace skerry {
namespace json_mapping_test {

enum class Balance : std::uint8_t { kRoundRobin, kLeastLoaded, plain };
BOOST_DESCRIBE_ENUM(Balance, kRoundRobin, kLeastLoaded, plain)

struct Item {
  std::string sku;
  std::uint32_t quantity = 1;
  std::optional<std::string> note;
  static constexpr std::array<std::string_view, 1> kRequiredFields{"sku"};
  bool operator==(const Item&) const = default;
  Result<> validate() const {
    if (quantity > 1'000) return fail(invalid_field("quantity", "expected at most 1000"));
    if (sku == "void") return fail(Error::failed_precondition("nothing to sell").with_detail("reason", "void"));
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(Item, (), (sku, quantity, note))

struct Order {
  std::string user_id = "nobody";
  std::vector<Item> items;
  std::map<std::string, double> prices;
  std::unordered_map<std::string, std::vector<int>> groups;
  Balance balance = Balance::kLeastLoaded;
  std::string namespace_ = "public";
  bool gift = false;
  bool operator==(const Order&) const = default;
};
BOOST_DESCRIBE_STRUCT(Order, (), (user_id, items, prices, groups, balance, namespace_, gift))

struct Numbers {
  std::int8_t i8 = 0;
  std::uint8_t u8 = 0;
  std::int64_t i64 = 0;
  std::uint64_t u64 = 0;
  float real32 = 0;
  double real64 = 0;
};
BOOST_DESCRIBE_STRUCT(Numbers, (), (i8, u8, i64, u64, real32, real64))

struct Tree {
  int value = 0;
  std::vector<Tree> children;
  boost::json::value extra;
};
BOOST_DESCRIBE_STRUCT(Tree, (), (value, children, extra))

struct Base {
  int a = 1;
};
BOOST_DESCRIBE_STRUCT(Base, (), (a))
struct Derived : Base {
  int b = 2;
};
BOOST_DESCRIBE_STRUCT(Derived, (Base), (b))

}  // namespace json_mapping_test

namespace {

using json_mapping_test::Balance;
using json_mapping_test::Derived;
using json_mapping_test::Item;
using json_mapping_test::Numbers;
using json_mapping_test::Order;
using json_mapping_test::Tree;

template <class T>
std::string json_mapping_problem(std::string_view text, const JsonOptions& options = {}) {
  const Result<T> value = parse_json<T>(text, options);
  return value ? "no error" : value.error().to_string();
}

TEST(JsonMapping, reads_a_whole_document) {
  const auto order =
      parse_json<Order>(R"({"user_id":"u1","items":[{"sku":"pear","quantity":2},{"sku":"fig","note":"ripe"}],
    "prices":{"pear":1.5,"fig":2},"groups":{"a":[1,-2]},"balance":"round_robin","namespace":"test","gift":true})");
  ASSERT_TRUE(order.has_value()) << order.error().to_string();
  EXPECT_EQ(order->user_id, "u1");
  EXPECT_EQ(order->items, (std::vector<Item>{{"pear", 2, std::nullopt}, {"fig", 1, "ripe"}}));
  EXPECT_EQ(order->prices, (std::map<std::string, double>{{"fig", 2}, {"pear", 1.5}}));
  EXPECT_EQ(order->groups.at("a"), (std::vector<int>{1, -2}));
  EXPECT_EQ(order->balance, Balance::kRoundRobin);
  EXPECT_EQ(order->namespace_, "test");
  EXPECT_TRUE(order->gift);
}

TEST(JsonMapping, missing_keys_keep_the_defaults_of_the_struct) { EXPECT_EQ(parse_json<Order>("{}").value(), Order{}); }

TEST(JsonMapping, writes_what_it_reads) {
  Order order{.user_id = "ä\"\n", .items = {{"pear", 3, "x"}, {"fig", 1, std::nullopt}}, .prices = {{"a b", 0.25}}};
  order.groups["g"] = {1, 2, 3};
  EXPECT_EQ(parse_json<Order>(to_json(order)).value(), order);
  EXPECT_EQ(from_json<Order>(to_json_value(order)).value(), order);
}

TEST(JsonMapping, writes_the_fields_in_order_and_leaves_absent_ones_out) {
  EXPECT_EQ(to_json(Item{"pear", 2, std::nullopt}), R"({"sku":"pear","quantity":2})");
  EXPECT_EQ(
      to_json(Order{}),
      R"({"user_id":"nobody","items":[],"prices":{},"groups":{},"balance":"least_loaded","namespace":"public","gift":false})");
}

TEST(JsonMapping, maps_vectors_maps_and_leaves_without_a_struct) {
  EXPECT_EQ(parse_json<std::vector<int>>("[1,2]").value(), (std::vector<int>{1, 2}));
  EXPECT_EQ(parse_json<std::string>("\"x\"").value(), "x");
  EXPECT_EQ(parse_json<std::optional<int>>("null").value(), std::nullopt);
  EXPECT_EQ(to_json(std::vector<std::optional<int>>{1, std::nullopt}), "[1,null]");
  EXPECT_EQ(to_json(std::vector<bool>{true, false}), "[true,false]");
}

TEST(JsonMapping, names_the_place_of_a_wrong_type) {
  EXPECT_EQ(json_mapping_problem<Order>(R"({"items":[{"sku":"a"},{"sku":"b"},{"sku":"c","quantity":"x"}]})"),
            "INVALID_ARGUMENT: items[2].quantity: expected an integer, got \"x\"");
  EXPECT_EQ(json_mapping_problem<Order>(R"({"items":{}})"),
            "INVALID_ARGUMENT: items: expected an array, got an object");
  EXPECT_EQ(json_mapping_problem<Order>(R"({"prices":{"a b":true}})"),
            "INVALID_ARGUMENT: prices[\"a b\"]: expected a number, got true");
  EXPECT_EQ(json_mapping_problem<Order>(R"({"user_id":7})"), "INVALID_ARGUMENT: user_id: expected a string, got 7");
  EXPECT_EQ(json_mapping_problem<Order>(R"({"gift":null})"),
            "INVALID_ARGUMENT: gift: expected true or false, got null");
  EXPECT_EQ(json_mapping_problem<Order>("[]"), "INVALID_ARGUMENT: expected an object, got an array");
}

TEST(JsonMapping, gives_the_place_as_the_detail_field) {
  const auto order = parse_json<Order>(R"({"items":[{"sku":1}]})");
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().detail("field"), "items[0].sku");
}

TEST(JsonMapping, shows_no_more_than_the_beginning_of_a_long_value) {
  const auto order = parse_json<Order>(R"({"gift":")" + std::string(63, 'x') + "ä" + std::string(5'000, 'y') + "\"}");
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().message(), "gift: expected true or false, got \"" + std::string(63, 'x') + "\"...");
}

TEST(JsonMapping, refuses_a_document_without_a_required_field) {
  EXPECT_EQ(json_mapping_problem<Order>(R"({"items":[{"quantity":2}]})"),
            "INVALID_ARGUMENT: items[0].sku: this field is required");
  EXPECT_EQ(json_mapping_problem<Item>("{}"), "INVALID_ARGUMENT: sku: this field is required");
}

TEST(JsonMapping, names_the_enumerators_that_it_knows) {
  EXPECT_EQ(json_mapping_problem<Order>(R"({"balance":"random"})"),
            "INVALID_ARGUMENT: balance: expected one of \"round_robin\", \"least_loaded\", \"plain\", got \"random\"");
  EXPECT_NE(json_mapping_problem<Order>(R"({"balance":0})"), "no error");
  EXPECT_EQ(parse_json<Balance>("\"plain\"").value(), Balance::plain);
  EXPECT_EQ(to_json(Balance::kRoundRobin), "\"round_robin\"");
}

TEST(JsonMapping, integers_reach_to_both_ends_of_their_type_and_no_further) {
  const auto numbers =
      parse_json<Numbers>(R"({"i8":-128,"u8":255,"i64":-9223372036854775808,"u64":18446744073709551615})");
  ASSERT_TRUE(numbers.has_value()) << numbers.error().to_string();
  EXPECT_EQ(numbers->i8, -128);
  EXPECT_EQ(numbers->u8, 255);
  EXPECT_EQ(numbers->i64, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(numbers->u64, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(json_mapping_problem<Numbers>(R"({"i8":128})"),
            "INVALID_ARGUMENT: i8: expected an integer from -128 to 127, got 128");
  EXPECT_EQ(json_mapping_problem<Numbers>(R"({"u8":-1})"),
            "INVALID_ARGUMENT: u8: expected an integer from 0 to 255, got -1");
  for (const char* text :
       {R"({"i8":-129})", R"({"u8":256})", R"({"i64":9223372036854775808})", R"({"i64":-9223372036854775809})",
        R"({"u64":18446744073709551616})", R"({"u64":-1})", R"({"u64":1e300})", R"({"i64":1e19})"}) {
    EXPECT_NE(json_mapping_problem<Numbers>(text), "no error") << text;
  }
}

TEST(JsonMapping, a_number_without_a_fraction_is_an_integer_in_every_notation) {
  EXPECT_EQ(parse_json<int>("2.0").value(), 2);
  EXPECT_EQ(parse_json<int>("1e3").value(), 1'000);
  EXPECT_EQ(json_mapping_problem<int>("2.5"),
            "INVALID_ARGUMENT: expected an integer from -2147483648 to 2147483647, got 2.5E0");
}

TEST(JsonMapping, reals_beyond_their_type_are_refused) {
  EXPECT_EQ(parse_json<Numbers>(R"({"real32":1.5,"real64":7})")->real64, 7);
  EXPECT_NE(json_mapping_problem<Numbers>(R"({"real32":1e39})"), "no error");
  EXPECT_NE(json_mapping_problem<Numbers>(R"({"real64":1e999})"), "no error");
}

TEST(JsonMapping, a_number_that_json_cannot_say_becomes_null) {
  EXPECT_EQ(to_json(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(to_json(std::nan("")), "null");
}

TEST(JsonMapping, ignores_unknown_fields_unless_told_otherwise) {
  EXPECT_EQ(parse_json<Item>(R"({"sku":"a","color":"red"})").value(), (Item{.sku = "a"}));
}

TEST(JsonMapping, rejects_unknown_fields_by_their_path) {
  EXPECT_EQ(json_mapping_problem<Order>(R"({"items":[{"sku":"a","color":"red"}]})",
                                        {.unknown_fields = UnknownFields::kReject}),
            "INVALID_ARGUMENT: items[0].color: unknown field");
  EXPECT_EQ(json_mapping_problem<Order>(R"({"prices":{"anything":1}})", {.unknown_fields = UnknownFields::kReject}),
            "no error");
}

TEST(JsonMapping, collects_the_paths_of_unknown_fields) {
  std::vector<std::string> unknown;
  const auto order = parse_json<Order>(R"({"a":1,"items":[{"sku":"x"},{"sku":"y","b":{"c":1}}],"namespace_":""})",
                                       {.unknown_fields = UnknownFields::kCollect, .unknown = &unknown});
  ASSERT_TRUE(order.has_value());
  EXPECT_EQ(unknown, (std::vector<std::string>{"items[1].b", "a", "namespace_"}));
}

TEST(JsonMapping, validate_refuses_a_document_at_the_place_of_the_struct) {
  EXPECT_EQ(json_mapping_problem<Item>(R"({"sku":"a","quantity":1001})"),
            "INVALID_ARGUMENT: quantity: expected at most 1000");
  const auto order = parse_json<Order>(R"({"items":[{"sku":"a","quantity":1001}]})");
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().message(), "items[0].quantity: expected at most 1000");
  EXPECT_EQ(order.error().detail("field"), "items[0].quantity");
}

TEST(JsonMapping, validate_keeps_its_own_code_and_details) {
  const auto order = parse_json<Order>(R"({"items":[{"sku":"void"}]})");
  ASSERT_FALSE(order.has_value());
  EXPECT_EQ(order.error().to_string(), "FAILED_PRECONDITION: items[0]: nothing to sell");
  EXPECT_EQ(order.error().detail("field"), "items[0]");
  EXPECT_EQ(order.error().detail("reason"), "void");
}

TEST(JsonMapping, maps_types_that_contain_themselves_and_raw_values) {
  const auto tree = parse_json<Tree>(R"({"value":1,"children":[{"value":2,"extra":{"x":[1,null]}}]})");
  ASSERT_TRUE(tree.has_value());
  EXPECT_EQ(to_json(*tree),
            R"({"value":1,"children":[{"value":2,"children":[],"extra":{"x":[1,null]}}],"extra":null})");
}

TEST(JsonMapping, refuses_a_value_built_deeper_than_the_limit) {
  boost::json::value deep{{"value", 1}};
  for (std::size_t i = 0; i < kMaxJsonDepth; ++i) deep = {{"children", boost::json::array{deep}}};
  const auto tree = from_json<Tree>(deep);
  ASSERT_FALSE(tree.has_value());
  EXPECT_NE(tree.error().message().find("nested deeper than 32"), std::string::npos);
}

TEST(JsonMapping, reads_and_writes_inherited_fields) {
  EXPECT_EQ(to_json(Derived{}), R"({"a":1,"b":2})");
  const auto derived = parse_json<Derived>(R"({"b":4,"a":3})");
  ASSERT_TRUE(derived.has_value());
  EXPECT_EQ(derived->a, 3);
  EXPECT_EQ(derived->b, 4);
}

}  // namespace
}  // namespace skerry
