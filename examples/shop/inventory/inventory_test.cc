// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory.h"

#include <gtest/gtest.h>

#include "examples/shop/test_shop.h"

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/grpc/local.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Result;
using skerry::Task;

struct OpenInventory {
  std::shared_ptr<Inventory> inventory;
  /// Calls it as a remote caller would.
  std::shared_ptr<InventoryService> client;
};

class InventoryTest : public ShopTest {
 protected:
  Task<OpenInventory> open_inventory(Inventory::Clock clock = std::chrono::system_clock::now) {
    auto store = std::make_shared<InventoryStore>();
    co_await store->open(folder() / "inventory.db", data("products.jsonl"));
    auto inventory = std::make_shared<Inventory>(store, std::move(clock));
    co_return OpenInventory{inventory, skerry::grpc::local_client<InventoryService>(inventory)};
  }
};

ReserveRequest reserve_request(std::string order_id, std::vector<std::pair<std::string, int>> items) {
  ReserveRequest request;
  request.set_order_id(std::move(order_id));
  for (auto& [sku, quantity] : items) {
    ReserveItem& item = *request.add_items();
    item.set_sku(sku);
    item.set_quantity(quantity);
  }
  return request;
}

ReservationRequest reservation_request(std::string order_id) {
  ReservationRequest request;
  request.set_order_id(std::move(order_id));
  return request;
}

ProductRequest product_request(std::string sku) {
  ProductRequest request;
  request.set_sku(std::move(sku));
  return request;
}

TEST_F(InventoryTest, a_reservation_goes_from_held_to_confirmed_to_released) {
  run([this]() -> Task<> {
    const OpenInventory open = co_await open_inventory();
    const Product before = co_await open.client->GetProduct(product_request("SKU-0001"));
    const Reservation held =
        co_await open.client->Reserve(reserve_request("o1", {{"SKU-0001", 2}, {"SKU-0002", 1}, {"SKU-0001", 1}}));
    EXPECT_EQ(held.state(), RESERVATION_STATE_HELD);
    EXPECT_TRUE(held.has_expires_at());
    EXPECT_EQ(held.items_size(), 2);
    EXPECT_EQ(held.items(0).quantity(), 3);
    EXPECT_EQ(held.total_cents(), 3 * 695 + 2995);
    const Reservation confirmed = co_await open.client->Confirm(reservation_request("o1"));
    EXPECT_EQ(confirmed.state(), RESERVATION_STATE_CONFIRMED);
    EXPECT_FALSE(confirmed.has_expires_at());
    const Product taken = co_await open.client->GetProduct(product_request("SKU-0001"));
    EXPECT_EQ(taken.stock(), before.stock() - 3);
    const Reservation released = co_await open.client->Release(reservation_request("o1"));
    EXPECT_EQ(released.state(), RESERVATION_STATE_RELEASED);
    const Product after = co_await open.client->GetProduct(product_request("SKU-0001"));
    EXPECT_EQ(after.stock(), before.stock());
  });
}

TEST_F(InventoryTest, a_wrong_request_is_refused_and_names_the_field) {
  run([this]() -> Task<> {
    const OpenInventory open = co_await open_inventory();
    const std::string no_items = co_await failure_of(open.client->Reserve(reserve_request("o1", {})));
    EXPECT_EQ(no_items, "INVALID_ARGUMENT: items: expected at least one item");
    const std::string zero = co_await failure_of(open.client->Reserve(reserve_request("o1", {{"SKU-0001", 0}})));
    EXPECT_EQ(zero, "INVALID_ARGUMENT: items[0].quantity: expected at least 1");
    const std::string no_id = co_await failure_of(open.client->Reserve(reserve_request("", {{"SKU-0001", 1}})));
    EXPECT_EQ(no_id, "INVALID_ARGUMENT: order_id: expected 1 to 128 bytes");
    const std::string no_product = co_await failure_of(open.client->GetProduct(product_request("pear")));
    EXPECT_EQ(no_product, "NOT_FOUND: no product pear");
  });
}

TEST_F(InventoryTest, the_processing_time_is_spent_before_stock_is_taken) {
  run([this]() -> Task<> {
    const skerry::Live<ServiceConfig> config(ServiceConfig{.processing_time_ms = kMaxProcessingTimeMs});
    auto store = std::make_shared<InventoryStore>();
    co_await store->open(folder() / "inventory.db", data("products.jsonl"));
    auto inventory = std::make_shared<Inventory>(store, std::chrono::system_clock::now, config);
    auto client = skerry::grpc::local_client<InventoryService>(inventory);
    const Product before = co_await client->GetProduct(product_request("SKU-0001"));
    const Result<Reservation> given_up =
        co_await skerry::with_timeout(20ms, client->Reserve(reserve_request("o1", {{"SKU-0001", 2}}))).result();
    EXPECT_FALSE(given_up);
    const Product after = co_await client->GetProduct(product_request("SKU-0001"));
    EXPECT_EQ(after.stock(), before.stock());
  });
}

TEST_F(InventoryTest, pages_give_every_product_once_and_in_order) {
  run([this]() -> Task<> {
    const OpenInventory open = co_await open_inventory();
    std::vector<std::string> skus;
    ListProductsRequest request;
    request.set_limit(150);
    do {
      const ListProductsResponse page = co_await open.client->ListProducts(request);
      EXPECT_LE(page.products_size(), 150);
      for (const Product& product : page.products()) skus.push_back(product.sku());
      request.set_after(page.next());
    } while (!request.after().empty() && skus.size() < 10'000);
    EXPECT_EQ(skus.size(), 2400u);
    EXPECT_TRUE(std::is_sorted(skus.begin(), skus.end()));
    EXPECT_EQ(std::unique(skus.begin(), skus.end()), skus.end());
  });
}

TEST_F(InventoryTest, a_page_has_twenty_products_unless_told_otherwise_and_never_more_than_the_limit) {
  run([this]() -> Task<> {
    const OpenInventory open = co_await open_inventory();
    ListProductsRequest request;
    const ListProductsResponse usual = co_await open.client->ListProducts(request);
    EXPECT_EQ(usual.products_size(), kDefaultPageSize);
    request.set_limit(100'000);
    const ListProductsResponse large = co_await open.client->ListProducts(request);
    EXPECT_EQ(large.products_size(), kMaxPageSize);
    request.set_limit(-1);
    const std::string negative = co_await failure_of(open.client->ListProducts(request));
    EXPECT_EQ(negative, "INVALID_ARGUMENT: limit: expected at least 0");
  });
}

TEST_F(InventoryTest, the_sweep_gives_back_what_was_held_for_an_order_that_never_came) {
  run([this]() -> Task<> {
    std::atomic<std::int64_t> seconds = 0;
    const OpenInventory open = co_await open_inventory(
        [&seconds] { return WallTime(std::chrono::hours(500'000)) + std::chrono::seconds(seconds); });
    const Product before = co_await open.client->GetProduct(product_request("SKU-0001"));
    co_await open.client->Reserve(reserve_request("o1", {{"SKU-0001", 2}}));
    seconds = kReservationLife.count() + 1;
    Product after;
    co_await skerry::with_scope([&](skerry::Scope& scope) -> Task<> {
      scope.go([&open]() -> Task<> { co_await open.inventory->sweep_expired(); });
      while (after.stock() != before.stock()) {
        co_await skerry::sleep(1ms);  // tidy: allow(sleep) between looks at the condition
        after = co_await open.client->GetProduct(product_request("SKU-0001"));
      }
      scope.cancel();
    }).result();
    EXPECT_EQ(after.stock(), before.stock());
  });
}

}  // namespace
}  // namespace shop
