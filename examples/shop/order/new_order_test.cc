// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/new_order.h"

#include <gtest/gtest.h>

#include "examples/shop/order/order_config.h"

namespace shop {
namespace {

std::string message_of(const skerry::Result<>& checked) { return checked ? "fine" : checked.error().message(); }

TEST(NewOrder, what_is_wrong_is_named) {
  EXPECT_EQ(message_of(check_new_order({"u1", {{"a", 1}}}, 1)), "fine");
  EXPECT_EQ(message_of(check_new_order({"", {{"a", 1}}}, 1)), "user_id: expected an id");
  EXPECT_EQ(message_of(check_new_order({"u1", {}}, 1)), "items: expected at least one item");
  EXPECT_EQ(message_of(check_new_order({"u1", {{"a", 1}, {"b", 1}}}, 1)), "items: expected at most 1 items, got 2");
  EXPECT_EQ(message_of(check_new_order({"u1", {{"a", 1}, {"", 1}}}, 2)), "items[1].sku: expected a SKU");
  EXPECT_EQ(message_of(check_new_order({"u1", {{"a", 0}}}, 1)), "items[0].quantity: expected 1 to 1000000, got 0");
  EXPECT_EQ(message_of(check_new_order({"u1", {{"a", -1}}}, 1)), "items[0].quantity: expected 1 to 1000000, got -1");
}

TEST(NewOrder, json_that_does_not_fit_is_refused_naming_the_field) {
  auto message = [](const char* text) {
    auto parsed = skerry::parse_json<NewOrder>(text);
    return parsed ? std::string("fine") : parsed.error().message();
  };
  EXPECT_EQ(message(R"({"user_id":"u1","items":[{"sku":"a","quantity":2}]})"), "fine");
  EXPECT_EQ(message(R"({"items":[]})").substr(0, 8), "user_id:");
  EXPECT_EQ(message(R"({"user_id":"u1"})").substr(0, 6), "items:");
  EXPECT_EQ(message(R"({"user_id":7,"items":[]})").substr(0, 8), "user_id:");
  EXPECT_EQ(message(R"({"user_id":"u1","items":[{"sku":"a","quantity":"2"}]})").substr(0, 18), "items[0].quantity:");
  EXPECT_EQ(message(R"({"user_id":"u1","items":[{"sku":"a","quantity":1.5}]})").substr(0, 18), "items[0].quantity:");
  EXPECT_EQ(message(R"({"user_id":"u1","items":[{"quantity":1}]})").substr(0, 13), "items[0].sku:");
  EXPECT_NE(message(R"({"user_id":)"), "fine");
  EXPECT_NE(message(""), "fine");
}

TEST(NewOrder, a_fingerprint_tells_orders_apart) {
  const NewOrder order{"u1", {{"a", 1}}};
  EXPECT_EQ(fingerprint(order), fingerprint(NewOrder(order)));
  EXPECT_NE(fingerprint(order), fingerprint({"u2", {{"a", 1}}}));
  EXPECT_NE(fingerprint(order), fingerprint({"u1", {{"a", 2}}}));
  EXPECT_NE(fingerprint(order), fingerprint({"u1", {{"a", 1}, {"b", 1}}}));
}

TEST(NewOrder, an_idempotency_key_has_a_longest_length) {
  EXPECT_TRUE(check_idempotency_key(""));
  EXPECT_TRUE(check_idempotency_key(std::string(kMaxIdempotencyKeyBytes, 'k')));
  EXPECT_FALSE(check_idempotency_key(std::string(kMaxIdempotencyKeyBytes + 1, 'k')));
}

TEST(NewOrder, a_configuration_out_of_range_is_refused) {
  EXPECT_TRUE(OrderConfig().validate());
  EXPECT_FALSE(skerry::parse_json<OrderConfig>(R"({"max_items":0})"));
  EXPECT_FALSE(skerry::parse_json<OrderConfig>(R"({"downstream_timeout_ms":-5})"));
  EXPECT_TRUE(skerry::parse_json<OrderConfig>(R"({"downstream_timeout_ms":5,"max_items":1})"));
}

}  // namespace
}  // namespace shop
