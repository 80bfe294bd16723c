// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/reservation.h"

#include <algorithm>
#include <utility>

#include "examples/shop/refusal.h"

namespace shop {

using skerry::Error;
using skerry::fail;
using skerry::Result;

Result<std::vector<WantedItem>> merge_items(const std::vector<WantedItem>& items) {
  if (items.empty()) return fail(skerry::invalid_field("items", "expected at least one item"));
  if (items.size() > kMaxReservedItems) {
    return fail(skerry::invalid_field("items", fmt::format("expected at most {} items", kMaxReservedItems)));
  }
  std::vector<WantedItem> merged;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const WantedItem& item = items[i];
    if (item.sku.empty()) return fail(skerry::invalid_field(fmt::format("items[{}].sku", i), "expected a SKU"));
    if (item.quantity < 1) {
      return fail(skerry::invalid_field(fmt::format("items[{}].quantity", i), "expected at least 1"));
    }
    auto same = std::ranges::find(merged, item.sku, &WantedItem::sku);
    if (same == merged.end()) same = merged.insert(merged.end(), {item.sku, 0});
    if (item.quantity > kMaxReservedQuantity - same->quantity) {
      return fail(skerry::invalid_field(fmt::format("items[{}].quantity", i),
                                        fmt::format("expected at most {} of one product", kMaxReservedQuantity)));
    }
    same->quantity += item.quantity;
  }
  return merged;
}

Result<> check_repeated(const Hold& existing, const std::vector<WantedItem>& wanted) {
  if (existing.state == HoldState::kReleased) {
    return fail(Error::aborted("the reservation of order {} was released", existing.order_id));
  }
  const bool same = std::ranges::equal(existing.items, wanted, [](const ReservedRow& reserved, const WantedItem& item) {
    return reserved.sku == item.sku && reserved.quantity == item.quantity;
  });
  if (!same) return fail(Error::already_exists("order {} has a reservation of other items", existing.order_id));
  return {};
}

Result<> check_stock(const std::optional<ProductRow>& product, const WantedItem& wanted) {
  if (!product) return fail(Error::not_found("no product {}", wanted.sku).with_detail("sku", wanted.sku));
  if (product->stock >= wanted.quantity) return {};
  return fail(
      refusal(kOutOfStock, "not enough stock of {}: {} wanted, {} left", wanted.sku, wanted.quantity, product->stock)
          .with_detail("sku", wanted.sku)
          .with_detail("requested", std::to_string(wanted.quantity))
          .with_detail("available", std::to_string(product->stock)));
}

}  // namespace shop
