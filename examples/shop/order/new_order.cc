// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/new_order.h"

namespace shop {

using skerry::fail;
using skerry::invalid_field;
using skerry::Result;

Result<> check_new_order(const NewOrder& order, std::int64_t max_items) {
  if (order.user_id.empty()) return fail(invalid_field("user_id", "expected an id"));
  if (order.items.empty()) return fail(invalid_field("items", "expected at least one item"));
  if (order.items.size() > static_cast<std::size_t>(max_items)) {
    return fail(
        invalid_field("items", fmt::format("expected at most {} items, got {}", max_items, order.items.size())));
  }
  for (std::size_t i = 0; i < order.items.size(); ++i) {
    const NewOrderItem& item = order.items[i];
    if (item.sku.empty()) return fail(invalid_field(fmt::format("items[{}].sku", i), "expected a SKU"));
    if (item.quantity < 1 || item.quantity > kMaxQuantity) {
      return fail(invalid_field(fmt::format("items[{}].quantity", i),
                                fmt::format("expected 1 to {}, got {}", kMaxQuantity, item.quantity)));
    }
  }
  return {};
}

Result<> check_idempotency_key(std::string_view key) {
  if (key.size() <= kMaxIdempotencyKeyBytes) return {};
  return fail(invalid_field("idempotency_key", fmt::format("expected at most {} bytes", kMaxIdempotencyKeyBytes)));
}

std::string fingerprint(const NewOrder& order) { return skerry::to_json(order); }

}  // namespace shop
