// SPDX-License-Identifier: Apache-2.0
//
// Inventory: the service `inventory` by gRPC. Several instances may run on one database; a call may be repeated at any
// of them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "examples/shop/inventory/inventory_store.h"
#include "examples/shop/service_config.h"
#include "inventory.skerry.h"

namespace shop {

/// Products of a page when nothing is said, and the most.
inline constexpr int kDefaultPageSize = 20;
inline constexpr int kMaxPageSize = 200;

class Inventory final : public InventoryService {
 public:
  using Clock = std::function<WallTime()>;

  explicit Inventory(std::shared_ptr<InventoryStore> store, Clock clock = std::chrono::system_clock::now,
                     skerry::Live<ServiceConfig> config = skerry::Live(ServiceConfig()));

  skerry::Task<Product> GetProduct(ProductRequest request) override;
  skerry::Task<ListProductsResponse> ListProducts(ListProductsRequest request) override;
  /// Takes the configured processing time.
  skerry::Task<Reservation> Reserve(ReserveRequest request) override;
  skerry::Task<Reservation> Confirm(ReservationRequest request) override;
  skerry::Task<Reservation> Release(ReservationRequest request) override;

  /// Gives the stock of expired reservations back, every kSweepInterval, until it is cancelled. A sweep that fails is
  /// logged and tried again with the next.
  skerry::Task<> sweep_expired();

  struct Page {
    std::vector<ProductRow> products;
    /// Empty on the last page.
    std::string next;
  };
  /// Up to `limit` products, kMaxPageSize at most, after the SKU. Precondition: limit >= 1.
  skerry::Task<Page> page(std::string after, int limit);
  /// NOT_FOUND where there is none.
  skerry::Task<ProductRow> product(std::string sku);

 private:
  const std::shared_ptr<InventoryStore> store_;
  const Clock clock_;
  const skerry::Live<ServiceConfig> config_;
};

}  // namespace shop
