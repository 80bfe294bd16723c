// SPDX-License-Identifier: Apache-2.0
//
// Orders under faults of inventory, cancelled requests and restarts. A restart is the same databases opened again
// while nothing of the former process runs its recovery.
#include "examples/shop/order/recovery.h"

#include <gtest/gtest.h>

#include "examples/shop/order/test_orders.h"

#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Result;
using skerry::Scope;
using skerry::Task;

const char* const kSku = "SKU-0001";

NewOrder order_of_two() { return new_order("u1", {{kSku, 2}}); }

class RecoveryTest : public OrdersFixture {
 protected:
  /// Runs the recovery until nothing is unsettled and the stock is as expected, at most some seconds.
  static Task<> recover_until_stock_is(TestShop shop, std::int64_t expected) {
    bool recovered = false;
    co_await skerry::with_scope([&](Scope& scope) -> Task<> {
      scope.go([&shop]() -> Task<> { co_await shop.orders->recover(); });
      for (int i = 0; i < 5'000 && !recovered; ++i) {
        co_await skerry::sleep(1ms);  // tidy: allow(sleep) between looks at the condition
        const std::vector<std::string> unsettled = co_await shop.store->unsettled("", 10);
        const std::int64_t stock = co_await shop.stock(kSku);
        recovered = unsettled.empty() && stock == expected;
      }
      scope.cancel();
    }).result();
    EXPECT_TRUE(recovered);
  }

  /// Lets inventory fail as set up by `break_it` during one order; expects the failure, and that neither order nor
  /// taken stock remain: by the recovery of the living process, and by that of the next one.
  void expect_undone(const std::string& failure, const std::function<void(FaultyInventory&)>& break_it,
                     std::int64_t timeout_ms = 30'000) {
    for (const bool restarted : {false, true}) {
      run([this, failure, break_it, timeout_ms, restarted]() -> Task<> {
        TestShop shop = co_await open_shop();
        shop.config.set({.downstream_timeout_ms = timeout_ms});
        const std::int64_t before = co_await shop.stock(kSku);
        break_it(*shop.inventory);
        const std::string got = co_await failure_of(shop.orders->create(order_of_two(), "key"));
        EXPECT_EQ(got.substr(0, failure.size()), failure);
        if (restarted) {
          shop = co_await open_shop();
          // Held stock of an order that was never stored expires; nobody knows of it any more.
          co_await shop.inventory_store->sweep(std::chrono::system_clock::now() + kReservationLife);
        }
        shop.inventory->reserve.fault = Fault::kNone;
        shop.inventory->confirm.fault = Fault::kNone;
        shop.config.set(OrderConfig{});
        co_await recover_until_stock_is(shop, before);
        // The key is free: the caller's next attempt succeeds.
        const StoredOrder placed = co_await shop.orders->create(order_of_two(), "key");
        EXPECT_EQ(placed.state, OrderState::kConfirmed);
      });
      std::filesystem::remove_all(folder());
      std::filesystem::create_directory(folder());
    }
  }
};

TEST_F(RecoveryTest, an_instance_that_is_gone_for_a_moment_costs_no_order) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock(kSku);
    shop.inventory->reserve.fault = Fault::kLostAnswer;
    shop.inventory->reserve.strikes = 2;
    shop.inventory->confirm.fault = Fault::kLostAnswer;
    shop.inventory->confirm.strikes = 1;
    co_await shop.orders->create(order_of_two(), "");
    EXPECT_EQ(shop.inventory->reserve.calls, 3);
    EXPECT_EQ(shop.inventory->confirm.calls, 2);
    const std::int64_t after = co_await shop.stock(kSku);
    EXPECT_EQ(after, before - 2);
  });
}

TEST_F(RecoveryTest, unreachable_inventory_is_unavailable) {
  expect_undone("UNAVAILABLE: inventory is not available",
                [](FaultyInventory& inventory) { inventory.reserve.fault = Fault::kUnreachable; });
}

TEST_F(RecoveryTest, a_reserve_whose_answer_is_lost_is_undone) {
  expect_undone("UNAVAILABLE: inventory is not available",
                [](FaultyInventory& inventory) { inventory.reserve.fault = Fault::kLostAnswer; });
}

TEST_F(RecoveryTest, a_reserve_that_hangs_ends_at_the_deadline_and_is_undone) {
  expect_undone(
      "DEADLINE_EXCEEDED: inventory did not answer within 100 ms",
      [](FaultyInventory& inventory) { inventory.reserve.fault = Fault::kHang; }, 100);
}

TEST_F(RecoveryTest, a_confirm_that_does_not_arrive_is_undone) {
  expect_undone("UNAVAILABLE: inventory is not available",
                [](FaultyInventory& inventory) { inventory.confirm.fault = Fault::kUnreachable; });
}

TEST_F(RecoveryTest, a_confirm_whose_answer_is_lost_is_undone) {
  expect_undone("UNAVAILABLE: inventory is not available",
                [](FaultyInventory& inventory) { inventory.confirm.fault = Fault::kLostAnswer; });
}

TEST_F(RecoveryTest, a_confirm_that_hangs_ends_at_the_deadline_and_is_undone) {
  expect_undone(
      "DEADLINE_EXCEEDED: inventory did not answer within 100 ms",
      [](FaultyInventory& inventory) { inventory.confirm.fault = Fault::kHang; }, 100);
}

TEST_F(RecoveryTest, an_order_whose_caller_went_away_is_undone) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock(kSku);
    shop.inventory->confirm.fault = Fault::kHang;
    const Result<StoredOrder> left =
        co_await skerry::with_timeout(50ms, shop.orders->create(order_of_two(), "")).result();
    EXPECT_FALSE(left);
    co_await recover_until_stock_is(shop, before);
  });
}

TEST_F(RecoveryTest, what_cannot_be_undone_now_is_undone_later) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock(kSku);
    shop.inventory->confirm.fault = Fault::kLostAnswer;
    shop.inventory->release.fault = Fault::kUnreachable;
    shop.inventory->release.strikes = 2 * kMaxAttempts;
    const std::string failure = co_await failure_of(shop.orders->create(order_of_two(), ""));
    EXPECT_EQ(failure.substr(0, 11), "UNAVAILABLE");
    co_await recover_until_stock_is(shop, before);
  });
}

TEST_F(RecoveryTest, an_order_whose_reservation_expired_while_it_was_stored_is_refused) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock(kSku);
    shop.inventory->before_confirm = [&shop]() -> Task<> {  // tidy: allow(capture) the shop outlives the service
      co_await shop.inventory_store->sweep(std::chrono::system_clock::now() + kReservationLife);
    };
    const std::string failure = co_await failure_of(shop.orders->create(order_of_two(), ""));
    EXPECT_EQ(failure.substr(0, 63), "UNAVAILABLE: the stock was held for too short a time; try again");
    co_await recover_until_stock_is(shop, before);
  });
}

TEST_F(RecoveryTest, a_placed_order_keeps_its_stock_over_a_restart) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock(kSku);
    const StoredOrder placed = co_await shop.orders->create(order_of_two(), "");
    const TestShop restarted = co_await open_shop();
    co_await restarted.inventory_store->sweep(std::chrono::system_clock::now() + 1h);
    co_await recover_until_stock_is(restarted, before - 2);
    const StoredOrder found = co_await restarted.orders->get(placed.order_id);
    EXPECT_EQ(found.state, OrderState::kConfirmed);
  });
}

TEST_F(RecoveryTest, a_cancelled_order_gives_its_stock_back_though_inventory_is_away_and_order_restarts) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const std::int64_t before = co_await shop.stock(kSku);
    const StoredOrder placed = co_await shop.orders->create(order_of_two(), "");
    shop.inventory->release.fault = Fault::kUnreachable;
    const std::string failure = co_await failure_of(shop.orders->cancel(placed.order_id));
    EXPECT_EQ(failure.substr(0, 39), "UNAVAILABLE: inventory is not available");
    const std::int64_t still_taken = co_await shop.stock(kSku);
    EXPECT_EQ(still_taken, before - 2);
    const TestShop restarted = co_await open_shop();
    co_await recover_until_stock_is(restarted, before);
    const StoredOrder found = co_await restarted.orders->get(placed.order_id);
    EXPECT_EQ(found.state, OrderState::kCancelled);
    EXPECT_TRUE(found.stock_returned);
  });
}

}  // namespace
}  // namespace shop
