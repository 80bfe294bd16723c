// SPDX-License-Identifier: Apache-2.0
//
// NewOrder: what a customer asks for, as the body of POST /api/orders, and the rules for it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/json.h"
#include "skerry/base/result.h"

namespace shop {

inline constexpr std::int64_t kMaxQuantity = 1'000'000;
/// In bytes.
inline constexpr std::size_t kMaxIdempotencyKeyBytes = 255;

struct NewOrderItem {
  std::string sku;
  std::int64_t quantity = 0;
  static constexpr std::array<std::string_view, 2> kRequiredFields{"sku", "quantity"};
};
BOOST_DESCRIBE_STRUCT(NewOrderItem, (), (sku, quantity))

struct NewOrder {
  std::string user_id;
  std::vector<NewOrderItem> items;
  static constexpr std::array<std::string_view, 2> kRequiredFields{"user_id", "items"};
};
BOOST_DESCRIBE_STRUCT(NewOrder, (), (user_id, items))

/// INVALID_ARGUMENT, with the detail "field", for no user, no items or more than `max_items`, an empty SKU, or a
/// quantity out of 1 to kMaxQuantity.
skerry::Result<> check_new_order(const NewOrder& order, std::int64_t max_items);

/// INVALID_ARGUMENT for a key that is too long. An empty one means that there is none.
skerry::Result<> check_idempotency_key(std::string_view key);

/// The same text for the same order and for no other.
std::string fingerprint(const NewOrder& order);

}  // namespace shop
