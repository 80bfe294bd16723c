// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_store.h"

#include <gtest/gtest.h>

#include "examples/shop/order/order_schema.h"
#include "examples/shop/test_shop.h"

namespace shop {
namespace {

using skerry::Task;
using skerry::sql::Database;

constexpr StepSet kAllSteps{OrderStep::kStock, OrderStep::kPayment, OrderStep::kPoints, OrderStep::kShipment};

StoredOrder test_order(std::string order_id) {
  return {.order_id = std::move(order_id),
          .user_id = "u1",
          .state = OrderState::kPending,
          .total_cents = 1'300,
          .created_at = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'700'000'000'123)),
          .begun = {OrderStep::kStock, OrderStep::kPayment},
          .reason = "",
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
    EXPECT_EQ(found->begun, (StepSet{OrderStep::kStock, OrderStep::kPayment}));
    EXPECT_EQ(found->items.size(), 2u);
    EXPECT_EQ(found->items[0].sku, "b");
    EXPECT_EQ(found->items[1].quantity, 10);
    const std::optional<StoredOrder> none = co_await store->find("o2");
    EXPECT_FALSE(none);
  });
}

TEST_F(OrderStoreTest, an_order_is_completed_once_and_only_while_it_is_pending) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    co_await store->insert_pending(test_order("o1"), "", "");
    co_await store->begin("o1", {OrderStep::kPoints, OrderStep::kShipment});
    co_await store->complete("o1");
    const std::string again = co_await failure_of(store->complete("o1"));
    EXPECT_EQ(again, "ABORTED: order o1 is not being placed");
    const std::string late = co_await failure_of(store->begin("o1", {OrderStep::kPoints}));
    EXPECT_EQ(late, "ABORTED: order o1 is not being placed");
    const std::optional<StoredOrder> found = co_await store->find("o1");
    EXPECT_TRUE(found && found->state == OrderState::kCompleted && found->begun == kAllSteps);
    // Only pending orders go when all of them is undone.
    co_await store->undone("o1", kAllSteps);
    const std::optional<StoredOrder> kept = co_await store->find("o1");
    EXPECT_TRUE(kept);
  });
}

TEST_F(OrderStoreTest, a_pending_order_goes_when_the_last_of_its_steps_is_undone) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    co_await store->insert_pending(test_order("o1"), "", "");
    co_await store->undone("o1", {OrderStep::kPayment});
    const std::optional<StoredOrder> found = co_await store->find("o1");
    EXPECT_TRUE(found && found->begun == StepSet{OrderStep::kStock});
    co_await store->undone("o1", {OrderStep::kStock});
    const std::optional<StoredOrder> gone = co_await store->find("o1");
    EXPECT_FALSE(gone);
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
    co_await store->undone("o1", kAllSteps);
    co_await store->insert_pending(test_order("o2"), "key", "request");
  });
}

TEST_F(OrderStoreTest, a_completed_order_is_cancelled_once) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    const std::string unknown = co_await failure_of(store->cancel("o1", "why not"));
    EXPECT_EQ(unknown, "NOT_FOUND: no order o1");
    co_await store->insert_pending(test_order("o1"), "", "");
    const std::string pending = co_await failure_of(store->cancel("o1", "why not"));
    EXPECT_EQ(pending, "ABORTED: order o1 is being placed");
    co_await store->complete("o1");
    const StoredOrder cancelled = co_await store->cancel("o1", "why not");
    EXPECT_EQ(cancelled.state, OrderState::kCancelled);
    EXPECT_EQ(cancelled.reason, "why not");
    EXPECT_EQ(cancelled.begun, (StepSet{OrderStep::kStock, OrderStep::kPayment}));
    co_await store->undone("o1", kAllSteps);
    const StoredOrder again = co_await store->cancel("o1", "another reason");
    EXPECT_EQ(again.reason, "why not");
    EXPECT_TRUE(again.begun.empty());
  });
}

TEST_F(OrderStoreTest, unsettled_orders_are_those_that_may_owe_a_compensation) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    for (const char* id : {"o1", "o2", "o3", "o4"}) co_await store->insert_pending(test_order(id), "", "");
    for (const char* id : {"o2", "o3", "o4"}) co_await store->complete(id);
    co_await store->cancel("o3", "why not");
    co_await store->cancel("o4", "why not");
    co_await store->undone("o3", {OrderStep::kStock});
    co_await store->undone("o4", kAllSteps);
    const std::vector<std::string> all = co_await store->unsettled("", 10);
    EXPECT_EQ(all, (std::vector<std::string>{"o1", "o3"}));
    const std::vector<std::string> first = co_await store->unsettled("", 1);
    EXPECT_EQ(first, (std::vector<std::string>{"o1"}));
    const std::vector<std::string> rest = co_await store->unsettled("o1", 10);
    EXPECT_EQ(rest, (std::vector<std::string>{"o3"}));
  });
}

TEST_F(OrderStoreTest, orders_on_events_are_left_to_their_sagas) {
  run([this]() -> Task<> {
    auto store = co_await open_orders();
    StoredOrder order = test_order("o1");
    order.mode = OrderMode::kEvents;
    // Even one that looks as if it owed something.
    for (const OrderState state : {OrderState::kPending, OrderState::kAccepted, OrderState::kCancelled}) {
      order.order_id = order_state_name(state);
      order.state = state;
      co_await store->database().transaction(
          [&order](skerry::sql::Transaction& tx) { return insert_order(tx, order, "", ""); });
      const std::optional<StoredOrder> found = co_await store->find(order.order_id);
      EXPECT_TRUE(found && found->mode == OrderMode::kEvents && found->state == state);
    }
    const std::vector<std::string> unsettled = co_await store->unsettled("", 10);
    EXPECT_TRUE(unsettled.empty());
  });
}

TEST_F(OrderStoreTest, orders_of_the_first_schema_keep_what_they_have_and_what_they_owe) {
  run([this]() -> Task<> {
    {
      auto database = co_await Database::open({.path = (folder() / "order.db").string()});
      co_await database->migrate({order_migrations().front()});
      for (const char* row : {"'o1', 'u1', 'pending', 10, 1, 0", "'o2', 'u1', 'confirmed', 20, 2, 0",
                              "'o3', 'u1', 'cancelled', 30, 3, 0", "'o4', 'u1', 'cancelled', 40, 4, 1"}) {
        co_await database->execute(fmt::format("insert into orders values ({})", row));
      }
      co_await database->execute("insert into order_items values ('o2', 0, 'a', 'Apple', 2, 10)");
      co_await database->execute("insert into idempotency_keys values ('key', 'request', 'o2')");
    }
    auto store = co_await open_orders();
    const std::optional<StoredOrder> completed = co_await store->find("o2");
    EXPECT_TRUE(completed && completed->state == OrderState::kCompleted && completed->items.size() == 1);
    EXPECT_TRUE(completed && completed->begun == StepSet{OrderStep::kStock});
    const std::optional<KeyRow> key = co_await store->find_key("key");
    EXPECT_TRUE(key && key->order_id == "o2");
    const std::vector<std::string> unsettled = co_await store->unsettled("", 10);
    EXPECT_EQ(unsettled, (std::vector<std::string>{"o1", "o3"}));
    // Its key goes with an order.
    co_await store->insert_pending(test_order("o5"), "other", "request");
    co_await store->undone("o5", kAllSteps);
    const std::optional<KeyRow> gone = co_await store->find_key("other");
    EXPECT_FALSE(gone);
  });
}

}  // namespace
}  // namespace shop
