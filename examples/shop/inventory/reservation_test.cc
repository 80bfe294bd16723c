// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/reservation.h"

#include <gtest/gtest.h>

namespace shop {
namespace {

using skerry::Code;
using skerry::Result;

std::string field_of(const Result<std::vector<WantedItem>>& merged) {
  return merged ? "no failure" : std::string(merged.error().detail("field"));
}

TEST(Reservation, items_of_one_sku_count_together_in_the_order_of_their_first_mention) {
  const auto merged = merge_items({{"b", 1}, {"a", 2}, {"b", 3}});
  ASSERT_TRUE(merged);
  EXPECT_EQ(*merged, (std::vector<WantedItem>{{"b", 4}, {"a", 2}}));
}

TEST(Reservation, what_cannot_be_reserved_is_named) {
  EXPECT_EQ(field_of(merge_items({})), "items");
  EXPECT_EQ(field_of(merge_items({{"a", 1}, {"", 1}})), "items[1].sku");
  EXPECT_EQ(field_of(merge_items({{"a", 0}})), "items[0].quantity");
  EXPECT_EQ(field_of(merge_items({{"a", -5}})), "items[0].quantity");
  EXPECT_EQ(field_of(merge_items({{"a", kMaxReservedQuantity}, {"a", 1}})), "items[1].quantity");
  EXPECT_EQ(field_of(merge_items(std::vector<WantedItem>(kMaxReservedItems + 1, {"a", 1}))), "items");
}

TEST(Reservation, the_same_call_again_is_fine_and_another_one_is_not) {
  Hold hold{.order_id = "o1", .state = HoldState::kHeld, .expires_at = {}, .items = {{"a", "A", 2, 100}}};
  EXPECT_TRUE(check_repeated(hold, {{"a", 2}}));
  EXPECT_EQ(check_repeated(hold, {{"a", 3}}).error().code(), Code::kAlreadyExists);
  EXPECT_EQ(check_repeated(hold, {{"a", 2}, {"b", 1}}).error().code(), Code::kAlreadyExists);
  hold.state = HoldState::kConfirmed;
  EXPECT_TRUE(check_repeated(hold, {{"a", 2}}));
  hold.state = HoldState::kReleased;
  EXPECT_EQ(check_repeated(hold, {{"a", 2}}).error().code(), Code::kAborted);
}

TEST(Reservation, stock_suffices_down_to_the_last_piece) {
  const ProductRow product{.sku = "a", .name = "A", .price_cents = 100, .stock = 3};
  EXPECT_TRUE(check_stock(product, {"a", 3}));
  const Result<> short_of = check_stock(product, {"a", 4});
  ASSERT_FALSE(short_of);
  EXPECT_EQ(short_of.error().code(), Code::kFailedPrecondition);
  EXPECT_EQ(http_status(short_of.error().code()), 409);
  EXPECT_EQ(short_of.error().detail("reason"), "OUT_OF_STOCK");
  EXPECT_EQ(short_of.error().detail("sku"), "a");
  EXPECT_EQ(short_of.error().detail("requested"), "4");
  EXPECT_EQ(short_of.error().detail("available"), "3");
  EXPECT_EQ(check_stock(std::nullopt, {"a", 1}).error().code(), Code::kNotFound);
}

}  // namespace
}  // namespace shop
