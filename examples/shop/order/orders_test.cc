// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/orders.h"

#include <gtest/gtest.h>

#include <set>

#include "examples/shop/order/test_orders.h"

#include "skerry/async/scope.h"

namespace shop {
namespace {

using skerry::Result;
using skerry::Scope;
using skerry::Task;

class OrdersTest : public OrdersFixture {};

// Results of requests that ran at the same time.
struct Gathered {
  std::mutex mutex;
  std::multiset<std::string> order_ids;
  std::multiset<std::string> failures;

  void add(const Result<StoredOrder>& result) {
    std::lock_guard lock(mutex);
    if (result) {
      order_ids.insert(result->order_id);
    } else {
      failures.insert(std::string(code_name(result.error().code())));
    }
  }
};

TEST_F(OrdersTest, an_order_takes_stock_and_money_earns_points_and_is_shipped) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books("u1", "SKU-0001");
    const StoredOrder placed = co_await shop.orders->create(new_order("u1", {{"SKU-0001", 2}, {"SKU-0002", 1}}), "");
    EXPECT_EQ(placed.state, OrderState::kCompleted);
    EXPECT_EQ(placed.total_cents, 2 * 695 + 2995);
    EXPECT_EQ(placed.items.size(), 2u);
    const StoredOrder found = co_await shop.orders->get(placed.order_id);
    EXPECT_EQ(found.state, OrderState::kCompleted);
    EXPECT_EQ(found.total_cents, placed.total_cents);
    const Books after = co_await shop.books("u1", "SKU-0001");
    EXPECT_EQ(after, (Books{.stock = before.stock - 2,
                            .balance_cents = before.balance_cents - placed.total_cents,
                            .points = before.points + placed.total_cents / kCentsPerPoint,
                            .shipments = before.shipments + 1}));
    // A confirmed reservation does not expire.
    co_await shop.inventory_store->sweep(std::chrono::system_clock::now() + std::chrono::hours(1));
    const std::int64_t later = co_await shop.stock("SKU-0001");
    EXPECT_EQ(later, after.stock);
  });
}

TEST_F(OrdersTest, the_interface_answers_as_the_contract_says) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    auto client = skerry::grpc::local_client<OrderService>(std::shared_ptr<OrderService>(shop.orders));
    CreateOrderRequest request;
    request.set_user_id("u7");
    request.add_items()->set_sku("SKU-0003");
    request.mutable_items(0)->set_quantity(3);
    const Order created = co_await client->CreateOrder(request);
    EXPECT_EQ(created.status(), ORDER_STATUS_COMPLETED);
    EXPECT_EQ(created.user_id(), "u7");
    EXPECT_EQ(created.total_cents(), 3 * 3050);
    EXPECT_EQ(created.items(0).name(), "Kestrel Olive Wood Fruit Bowl");
    EXPECT_TRUE(created.has_created_at());
    OrderRequest by_id;
    by_id.set_order_id(created.order_id());
    const Order found = co_await client->GetOrder(by_id);
    EXPECT_EQ(found.SerializeAsString(), created.SerializeAsString());
    const Order cancelled = co_await client->CancelOrder(by_id);
    EXPECT_EQ(cancelled.status(), ORDER_STATUS_CANCELLED);
    EXPECT_EQ(cancelled.reason(), "cancelled on request");
  });
}

TEST_F(OrdersTest, a_refused_order_takes_nothing_and_stores_nothing) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock("SKU-0001");
    auto failure = [&shop](NewOrder order) { return failure_of(shop.orders->create(std::move(order), "key")); };
    const std::string no_user = co_await failure(new_order("u99999", {{"SKU-0001", 1}}));
    EXPECT_EQ(no_user, "NOT_FOUND: no user u99999");
    const std::string no_product = co_await failure(new_order("u1", {{"SKU-0001", 1}, {"pear", 1}}));
    EXPECT_EQ(no_product, "NOT_FOUND: no product pear");
    const std::string too_many = co_await failure(new_order("u1", {{"SKU-0001", 999'999}}));
    EXPECT_EQ(too_many, "FAILED_PRECONDITION: not enough stock of SKU-0001: 999999 wanted, 422 left");
    const std::string zero = co_await failure(new_order("u1", {{"SKU-0001", 0}}));
    EXPECT_EQ(zero, "INVALID_ARGUMENT: items[0].quantity: expected 1 to 1000000, got 0");
    const std::int64_t after = co_await shop.stock("SKU-0001");
    EXPECT_EQ(after, before);
    const std::vector<std::string> unsettled = co_await shop.store->unsettled("", 10);
    EXPECT_TRUE(unsettled.empty());
    // The key is still free.
    co_await shop.orders->create(new_order("u1", {{"SKU-0001", 1}}), "key");
  });
}

TEST_F(OrdersTest, a_change_of_the_configuration_counts_from_the_next_order_on) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const NewOrder two = new_order("u1", {{"SKU-0001", 1}, {"SKU-0002", 1}});
    co_await shop.orders->create(two, "");
    shop.config.set({.max_items = 1});
    const std::string failure = co_await failure_of(shop.orders->create(two, ""));
    EXPECT_EQ(failure, "INVALID_ARGUMENT: items: expected at most 1 items, got 2");
  });
}

TEST_F(OrdersTest, events_without_a_broker_are_refused_with_what_to_do_and_calls_go_on) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const NewOrder one = new_order("u1", {{"SKU-0001", 1}});
    shop.config.set({.mode = OrderMode::kEvents});
    const std::string failure = co_await failure_of(shop.orders->create(one, "key"));
    EXPECT_EQ(
        failure,
        "UNAVAILABLE: orders on events need a broker: start `order` with --kafka HOST:PORT (SKERRY_KAFKA), or set "
        "its configuration to {\"mode\": \"sync\"}");
    shop.config.set({.mode = OrderMode::kSync});
    const StoredOrder placed = co_await shop.orders->create(one, "key");
    EXPECT_EQ(placed.state, OrderState::kCompleted);
  });
}

TEST_F(OrdersTest, cancelling_gives_everything_back_once) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books("u1", "SKU-0001");
    const StoredOrder placed = co_await shop.orders->create(new_order("u1", {{"SKU-0001", 5}}), "");
    for (int i = 0; i < 2; ++i) {
      const StoredOrder cancelled = co_await shop.orders->cancel(placed.order_id);
      EXPECT_EQ(cancelled.state, OrderState::kCancelled);
      EXPECT_EQ(cancelled.reason, "cancelled on request");
      const Books after = co_await shop.books("u1", "SKU-0001");
      EXPECT_EQ(after, before);
    }
    EXPECT_EQ(shop.inventory->release.calls, 1);
    EXPECT_EQ(shop.payment->refund.calls, 1);
    EXPECT_EQ(shop.points->revoke.calls, 1);
    EXPECT_EQ(shop.logistics->cancel.calls, 1);
    const std::string unknown = co_await failure_of(shop.orders->cancel("nothing"));
    EXPECT_EQ(unknown, "NOT_FOUND: no order nothing");
    const std::string not_found = co_await failure_of(shop.orders->get("nothing"));
    EXPECT_EQ(not_found, "NOT_FOUND: no order nothing");
  });
}

TEST_F(OrdersTest, the_same_key_and_the_same_request_are_the_same_order) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock("SKU-0001");
    const StoredOrder first = co_await shop.orders->create(new_order("u1", {{"SKU-0001", 2}}), "key");
    const StoredOrder second = co_await shop.orders->create(new_order("u1", {{"SKU-0001", 2}}), "key");
    EXPECT_EQ(second.order_id, first.order_id);
    const std::string other = co_await failure_of(shop.orders->create(new_order("u1", {{"SKU-0001", 3}}), "key"));
    EXPECT_EQ(other, "ALREADY_EXISTS: the idempotency key \"key\" was used for another order");
    const StoredOrder without = co_await shop.orders->create(new_order("u1", {{"SKU-0001", 2}}), "");
    EXPECT_NE(without.order_id, first.order_id);
    const std::int64_t after = co_await shop.stock("SKU-0001");
    EXPECT_EQ(after, before - 4);
  });
}

TEST_F(OrdersTest, a_key_is_remembered_over_a_restart) {
  run([this]() -> Task<> {
    const TestShop before = co_await open_shop();
    const StoredOrder first = co_await before.orders->create(new_order("u1", {{"SKU-0001", 2}}), "key");
    const TestShop after = co_await open_shop();
    const StoredOrder second = co_await after.orders->create(new_order("u1", {{"SKU-0001", 2}}), "key");
    EXPECT_EQ(second.order_id, first.order_id);
  });
}

TEST_F(OrdersTest, requests_with_one_key_at_once_make_one_order) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock("SKU-0001");
    Gathered gathered;
    co_await skerry::with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 20; ++i) {
        scope.go([&]() -> Task<> {
          gathered.add(co_await shop.orders->create(new_order("u1", {{"SKU-0001", 2}}), "key").result());
        });
      }
      co_return;
    });
    EXPECT_EQ(gathered.order_ids.size(), 20u);
    EXPECT_EQ(gathered.order_ids.count(*gathered.order_ids.begin()), 20u);
    const std::int64_t after = co_await shop.stock("SKU-0001");
    EXPECT_EQ(after, before - 2);
  });
}

TEST_F(OrdersTest, a_hundred_concurrent_orders_for_the_last_ten_sell_exactly_ten) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock("SKU-0003");
    co_await shop.orders->create(new_order("u1", {{"SKU-0003", before - 10}}), "");
    Gathered gathered;
    co_await skerry::with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 100; ++i) {
        scope.go([&]() -> Task<> {
          gathered.add(co_await shop.orders->create(new_order("u1", {{"SKU-0003", 1}}), "").result());
        });
      }
      co_return;
    });
    EXPECT_EQ(gathered.order_ids.size(), 10u);
    EXPECT_EQ(gathered.failures.count("FAILED_PRECONDITION"), 90u);
    const std::int64_t after = co_await shop.stock("SKU-0003");
    EXPECT_EQ(after, 0);
  });
}

}  // namespace
}  // namespace shop
