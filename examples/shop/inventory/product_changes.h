// SPDX-License-Identifier: Apache-2.0
//
// ProductChanges: the changes of products, each published as ProductChanged in the transaction that makes it, so that
// other services can keep copies. The version of a product, which is the event's sequence, begins at 1 and counts the
// changes; stock is no part of it.
//
//   ProductChanges changes(store, events);
//   co_await changes.publish_all();
//   co_await changes.change("SKU-0001", {.price_cents = 799});
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "examples/shop/inventory/inventory_store.h"
#include "examples/shop/service_events.h"
#include "examples/shop/topic_names.h"

#include "skerry/http/message.h"

namespace shop {

inline constexpr std::size_t kMaxProductBytes = std::size_t{16} << 10;
inline constexpr std::size_t kMaxProductNameBytes = 500;
inline constexpr std::int64_t kMaxPriceCents = 1'000'000'000;

/// The body of PUT /api/products/{sku}.
struct ProductBody {
  /// Stays as it is where it is left out.
  std::optional<std::string> name;
  std::int64_t price_cents = 0;
  static constexpr std::array<std::string_view, 1> kRequiredFields{"price_cents"};
};
BOOST_DESCRIBE_STRUCT(ProductBody, (), (name, price_cents))

/// Any worker, once store and events are open.
class ProductChanges {
 public:
  ProductChanges(std::shared_ptr<InventoryStore> store, std::shared_ptr<ServiceEvents> events,
                 std::string topic = Topics().products);

  /// Publishes every product as it is, once for a database, whichever instance comes first. Before the first change.
  skerry::Task<> publish_all();

  /// Gives a product another price, and name. INVALID_ARGUMENT with the detail "field", NOT_FOUND for an unknown SKU.
  skerry::Task<ProductRow> change(std::string sku, ProductBody body);

 private:
  const std::shared_ptr<InventoryStore> store_;
  const std::shared_ptr<ServiceEvents> events_;
  const std::string topic_;
};

/// PUT /api/products/{sku} with {"price_cents"} and perhaps "name": the product as it is now. Reservations keep the
/// price that they were made at.
skerry::Task<skerry::http::Response> put_product(std::shared_ptr<ProductChanges> changes,
                                                 skerry::http::Request request);

}  // namespace shop
