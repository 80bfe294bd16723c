// SPDX-License-Identifier: Apache-2.0
//
// What the tests of `order` share: the service with the real `user` and `inventory` behind local clients, and a switch
// that makes calls of inventory fail in the ways a network does.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/inventory/inventory.h"
#include "examples/shop/order/orders.h"
#include "examples/shop/test_shop.h"
#include "examples/shop/user/users.h"

#include "skerry/async/sleep.h"
#include "skerry/grpc/local.h"

namespace shop {

enum class Fault {
  kNone,
  kUnreachable,  // UNAVAILABLE, and nothing was done
  kLostAnswer,   // done, and then UNAVAILABLE
  kHang,         // done, and then no answer at all
};

/// Inventory behind a bad network.
class FaultyInventory final : public InventoryService {
 public:
  struct Switch {
    std::atomic<Fault> fault = Fault::kNone;
    /// How often the fault strikes before it is over.
    std::atomic<int> strikes = 1'000'000;
    std::atomic<int> calls = 0;
  };

  explicit FaultyInventory(std::shared_ptr<InventoryService> inner) : inner_(std::move(inner)) {}

  skerry::Task<Product> GetProduct(ProductRequest request) override { return inner_->GetProduct(std::move(request)); }
  skerry::Task<Reservation> Reserve(ReserveRequest request) override {
    return faulty(reserve, inner_->Reserve(std::move(request)));
  }
  skerry::Task<Reservation> Confirm(ReservationRequest request) override {
    if (before_confirm) co_await before_confirm();
    co_return co_await faulty(confirm, inner_->Confirm(std::move(request)));
  }
  skerry::Task<Reservation> Release(ReservationRequest request) override {
    return faulty(release, inner_->Release(std::move(request)));
  }

  Switch reserve;
  Switch confirm;
  Switch release;
  /// Runs before each Confirm goes on, where it is set.
  std::function<skerry::Task<>()> before_confirm;

 private:
  static skerry::Task<Reservation> faulty(Switch& with, skerry::Task<Reservation> call) {
    ++with.calls;
    const Fault fault = with.strikes.fetch_sub(1) > 0 ? with.fault.load() : Fault::kNone;
    if (fault == Fault::kUnreachable) co_return skerry::Error::unavailable("connection refused");
    Reservation reservation = co_await std::move(call);
    if (fault == Fault::kLostAnswer) co_return skerry::Error::unavailable("connection reset");
    if (fault == Fault::kHang) co_await skerry::sleep(std::chrono::hours(1));
    co_return std::move(reservation);
  }

  std::shared_ptr<InventoryService> inner_;
};

/// The shop in one process.
struct TestShop {
  std::shared_ptr<InventoryStore> inventory_store;
  std::shared_ptr<FaultyInventory> inventory;
  std::shared_ptr<OrderStore> store;
  std::shared_ptr<Orders> orders;
  skerry::Live<OrderConfig> config{OrderConfig()};

  skerry::Task<std::int64_t> stock(std::string sku) const {
    const std::optional<ProductRow> product = co_await inventory_store->product(std::move(sku));
    co_return product ? product->stock : -1;
  }
};

class OrdersFixture : public ShopTest {
 protected:
  /// Opens the shop on the test's databases: a second call is what a restart would be.
  skerry::Task<TestShop> open_shop() {
    TestShop shop;
    auto users = std::make_shared<UserStore>();
    co_await users->open(folder() / "user.db", data("users.jsonl"));
    shop.inventory_store = std::make_shared<InventoryStore>();
    co_await shop.inventory_store->open(folder() / "inventory.db", data("products.jsonl"));
    shop.inventory = std::make_shared<FaultyInventory>(std::make_shared<Inventory>(shop.inventory_store));
    shop.store = std::make_shared<OrderStore>();
    co_await shop.store->open(folder() / "order.db");
    auto downstream = std::make_shared<Downstream>(
        skerry::grpc::local_client<UserService>(std::make_shared<Users>(users)),
        skerry::grpc::local_client<InventoryService>(std::shared_ptr<InventoryService>(shop.inventory)), shop.config);
    shop.orders = std::make_shared<Orders>(shop.store, downstream, shop.config);
    co_return shop;
  }
};

inline NewOrder new_order(std::string user_id, std::vector<NewOrderItem> items) {
  return NewOrder{.user_id = std::move(user_id), .items = std::move(items)};
}

}  // namespace shop
