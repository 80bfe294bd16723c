// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_store.h"

#include <gtest/gtest.h>

#include "examples/shop/test_shop.h"

namespace shop {
namespace {

using skerry::Task;

StoredOrder test_order(std::string order_id) {
  return {.order_id = std::move(order_id),
          .user_id = "u1",
          .state = OrderState::kPending,
          .total_cents = 1'300,
          .created_at = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'700'000'000'123)),
          .stock_returned = false,
          .items = {{"b", "Bread", 1, 300}, {"a", "Apple", 10, 100}}};
}

class OrderStoreTest : public ShopTest {
 protected:
  Task<std::shared_ptr<OrderStore>> open_orders() {
    auto store = std::make_shared<OrderStore>();
    co_await store->open(folder() / "order.db");
    co_return store;
  }
};

TEST_F(OrderStoreTest, an_order_is_found_as_it_was_stored) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    co_await store->insert_pending(test_order("o1"), "", "");
    const std::optional<StoredOrder> found = co_await store->find("o1");
    EXPECT_TRUE(found);
    if (!found) co_return;
    EXPECT_EQ(found->user_id, "u1");
    EXPECT_EQ(found->state, OrderState::kPending);
    EXPECT_EQ(found->total_cents, 1'300);
    EXPECT_EQ(found->created_at, test_order("o1").created_at);
    EXPECT_EQ(found->items.size(), 2u);
    EXPECT_EQ(found->items[0].sku, "b");
    EXPECT_EQ(found->items[1].quantity, 10);
    const std::optional<StoredOrder> none = co_await store->find("o2");
    EXPECT_FALSE(none);
  });
}

TEST_F(OrderStoreTest, an_order_is_confirmed_once_and_only_while_it_is_pending) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    co_await store->insert_pending(test_order("o1"), "", "");
    co_await store->confirm("o1");
    const std::string again = co_await failure_of(store->confirm("o1"));
    EXPECT_EQ(again, "ABORTED: order o1 is not being placed");
    // A confirmed order is not removed by the clean-up of pending ones.
    co_await store->remove_pending("o1");
    const std::optional<StoredOrder> found = co_await store->find("o1");
    EXPECT_TRUE(found && found->state == OrderState::kConfirmed);
  });
}

TEST_F(OrderStoreTest, a_key_belongs_to_one_order_and_is_free_again_with_it) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    co_await store->insert_pending(test_order("o1"), "key", "request");
    const std::optional<KeyRow> row = co_await store->find_key("key");
    EXPECT_TRUE(row && row->order_id == "o1" && row->request == "request");
    const std::string taken = co_await failure_of(store->insert_pending(test_order("o2"), "key", "request"));
    EXPECT_TRUE(taken.starts_with("ALREADY_EXISTS")) << taken;
    const std::optional<StoredOrder> refused = co_await store->find("o2");
    EXPECT_FALSE(refused);
    co_await store->remove_pending("o1");
    co_await store->insert_pending(test_order("o2"), "key", "request");
  });
}

TEST_F(OrderStoreTest, a_confirmed_order_is_cancelled_once) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    const std::string unknown = co_await failure_of(store->cancel("o1"));
    EXPECT_EQ(unknown, "NOT_FOUND: no order o1");
    co_await store->insert_pending(test_order("o1"), "", "");
    const std::string pending = co_await failure_of(store->cancel("o1"));
    EXPECT_EQ(pending, "ABORTED: order o1 is being placed");
    co_await store->confirm("o1");
    const StoredOrder cancelled = co_await store->cancel("o1");
    EXPECT_EQ(cancelled.state, OrderState::kCancelled);
    EXPECT_FALSE(cancelled.stock_returned);
    co_await store->mark_stock_returned("o1");
    const StoredOrder again = co_await store->cancel("o1");
    EXPECT_TRUE(again.stock_returned);
  });
}

TEST_F(OrderStoreTest, unsettled_orders_are_those_that_may_owe_a_release) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    for (const char* id : {"o1", "o2", "o3", "o4"}) co_await store->insert_pending(test_order(id), "", "");
    for (const char* id : {"o2", "o3", "o4"}) co_await store->confirm(id);
    co_await store->cancel("o3");
    co_await store->cancel("o4");
    co_await store->mark_stock_returned("o4");
    const std::vector<std::string> all = co_await store->unsettled("", 10);
    EXPECT_EQ(all, (std::vector<std::string>{"o1", "o3"}));
    const std::vector<std::string> first = co_await store->unsettled("", 1);
    EXPECT_EQ(first, (std::vector<std::string>{"o1"}));
    const std::vector<std::string> rest = co_await store->unsettled("o1", 10);
    EXPECT_EQ(rest, (std::vector<std::string>{"o3"}));
  });
}

}  // namespace
}  // namespace shop
