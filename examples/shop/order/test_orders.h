// SPDX-License-Identifier: Apache-2.0
//
// What the tests of `order` share: the service with the other five, real ones, behind local clients and a bad network.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/inventory/inventory.h"
#include "examples/shop/logistics/logistics.h"
#include "examples/shop/order/orders.h"
#include "examples/shop/order/test_services.h"
#include "examples/shop/payment/payments.h"
#include "examples/shop/points/points.h"
#include "examples/shop/test_shop.h"
#include "examples/shop/user/users.h"

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/grpc/local.h"

namespace shop {

// Users of the data files: one who can buy, one whose balance covers nothing, one whose country is not served.
inline constexpr const char* kBuyer = "u1";
inline constexpr const char* kPoorUser = "u551";
inline constexpr const char* kFarUser = "u576";
/// A product of which there is plenty.
inline constexpr const char* kSku = "SKU-0001";

/// What all services together have of one product and one user.
struct Books {
  std::int64_t stock = 0;
  std::int64_t balance_cents = 0;
  std::int64_t points = 0;
  /// Shipments that are not cancelled, of all users.
  std::int64_t shipments = 0;

  friend bool operator==(const Books&, const Books&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Books& books) {
    return out << "stock " << books.stock << ", balance " << books.balance_cents << ", points " << books.points
               << ", shipments " << books.shipments;
  }
};

/// The shop in one process.
struct TestShop {
  std::shared_ptr<InventoryStore> inventory_store;
  std::shared_ptr<PaymentStore> payment_store;
  std::shared_ptr<PointsStore> points_store;
  std::shared_ptr<ShipmentStore> shipment_store;
  std::shared_ptr<FaultyInventory> inventory;
  std::shared_ptr<FaultyPayment> payment;
  std::shared_ptr<FaultyPoints> points;
  std::shared_ptr<FaultyLogistics> logistics;
  std::shared_ptr<OrderStore> store;
  std::shared_ptr<ServiceEvents> events;
  std::shared_ptr<EventsFlow> events_flow;
  std::shared_ptr<Orders> orders;
  skerry::Live<OrderConfig> config{OrderConfig()};

  skerry::Task<std::int64_t> stock(std::string sku) const {
    const std::optional<ProductRow> product = co_await inventory_store->product(std::move(sku));
    co_return product ? product->stock : -1;
  }
  skerry::Task<Books> books(std::string user_id, std::string sku) const {
    Books books;
    books.stock = co_await stock(std::move(sku));
    const std::optional<AccountRow> account = co_await payment_store->account(user_id);
    books.balance_cents = account ? account->balance_cents : -1;
    books.points = co_await points_store->balance(user_id);
    const auto shipments =
        co_await shipment_store->database().one<std::int64_t>("select count(*) from shipments where cancelled = 0");
    books.shipments = shipments.value_or(-1);
    co_return books;
  }
};

class OrdersFixture : public ShopTest {
 protected:
  /// Opens the shop on the test's databases, without a broker: a second call is what a restart would be.
  skerry::Task<TestShop> open_shop() {
    TestShop shop;
    auto users = std::make_shared<UserStore>();
    co_await users->open(folder() / "user.db", data("users.jsonl"));
    co_await open_services(shop);
    shop.store = std::make_shared<OrderStore>();
    co_await shop.store->open(folder() / "order.db");
    const Services services{.user = local<UserService>(std::make_shared<Users>(users)),
                            .inventory = local<InventoryService>(shop.inventory),
                            .payment = local<PaymentService>(shop.payment),
                            .points = local<PointsService>(shop.points),
                            .logistics = local<LogisticsService>(shop.logistics)};
    shop.events = std::make_shared<ServiceEvents>("order");
    co_await shop.events->open(shop.store->database(), "");
    shop.events_flow = std::make_shared<EventsFlow>(shop.store, shop.events);
    co_await shop.events_flow->open();
    auto downstream = std::make_shared<Downstream>(services, shop.config);
    shop.orders = std::make_shared<Orders>(shop.store, downstream, shop.events_flow, shop.config);
    co_return shop;
  }

  /// Runs the recovery until nothing is unsettled and the books are as expected, at most some seconds.
  static skerry::Task<> recover_until_books_are(TestShop shop, std::string user_id, std::string sku, Books expected) {
    Books books;
    bool recovered = false;
    co_await skerry::with_scope([&](skerry::Scope& scope) -> skerry::Task<> {
      scope.go([&shop]() -> skerry::Task<> { co_await shop.orders->recover(); });
      for (int i = 0; i < 5'000 && !recovered; ++i) {
        co_await skerry::sleep(std::chrono::milliseconds(1));  // tidy: allow(sleep) between looks at the condition
        const std::vector<std::string> unsettled = co_await shop.store->unsettled("", 10);
        books = co_await shop.books(user_id, sku);
        recovered = unsettled.empty() && books == expected;
      }
      scope.cancel();
    }).result();
    EXPECT_TRUE(recovered);
    EXPECT_EQ(books, expected);
  }

 private:
  skerry::Task<> open_services(TestShop& shop) {
    shop.inventory_store = std::make_shared<InventoryStore>();
    co_await shop.inventory_store->open(folder() / "inventory.db", data("products.jsonl"));
    shop.inventory = std::make_shared<FaultyInventory>(std::make_shared<Inventory>(shop.inventory_store));
    shop.payment_store = std::make_shared<PaymentStore>();
    co_await shop.payment_store->open(folder() / "payment.db", data("accounts.jsonl"));
    shop.payment = std::make_shared<FaultyPayment>(std::make_shared<Payments>(shop.payment_store));
    shop.points_store = std::make_shared<PointsStore>();
    co_await shop.points_store->open(folder() / "points.db");
    shop.points = std::make_shared<FaultyPoints>(std::make_shared<Points>(shop.points_store));
    shop.shipment_store = std::make_shared<ShipmentStore>();
    co_await shop.shipment_store->open(folder() / "logistics.db", data("addresses.jsonl"));
    shop.logistics = std::make_shared<FaultyLogistics>(std::make_shared<Logistics>(shop.shipment_store));
  }

  template <class Service>
  static std::shared_ptr<Service> local(std::shared_ptr<Service> implementation) {
    return skerry::grpc::local_client<Service>(std::move(implementation));
  }
};

inline NewOrder new_order(std::string user_id, std::vector<NewOrderItem> items) {
  return NewOrder{.user_id = std::move(user_id), .items = std::move(items)};
}

}  // namespace shop
