// SPDX-License-Identifier: Apache-2.0
//
// Orders under faults of the other services, cancelled requests and restarts. A restart is the same databases opened
// again while nothing of the former process runs its recovery.
#include "examples/shop/order/recovery.h"

#include <gtest/gtest.h>

#include "examples/shop/order/test_orders.h"

#include "skerry/async/timeout.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Result;
using skerry::Task;

NewOrder order_of_two() { return new_order("u1", {{kSku, 2}}); }

class RecoveryTest : public OrdersFixture {
 protected:
  using Break = std::function<void(TestShop&)>;

  /// Lets services fail as set up by `break_it` during one order; expects the failure, and that nothing of the order
  /// remains: by the recovery of the living process, and by that of the next one.
  void expect_undone(const std::string& failure, const Break& break_it, std::int64_t timeout_ms = 30'000) {
    for (const bool restarted : {false, true}) {
      run([this, failure, break_it, timeout_ms, restarted]() -> Task<> {
        TestShop shop = co_await open_shop();
        shop.config.set({.downstream_timeout_ms = timeout_ms});
        const Books before = co_await shop.books(kBuyer, kSku);
        break_it(shop);
        const std::string got = co_await failure_of(shop.orders->create(order_of_two(), "key"));
        EXPECT_EQ(got.substr(0, failure.size()), failure);
        mend(shop);
        shop.config.set(OrderConfig{});
        if (restarted) {
          shop = co_await open_shop();
          // Held stock of an order that was never stored expires; nobody knows of it any more.
          co_await shop.inventory_store->sweep(std::chrono::system_clock::now() + kReservationLife);
        }
        co_await recover_until_books_are(shop, kBuyer, kSku, before);
        // The key is free: the caller's next attempt succeeds.
        const StoredOrder placed = co_await shop.orders->create(order_of_two(), "key");
        EXPECT_EQ(placed.state, OrderState::kCompleted);
      });
      std::filesystem::remove_all(folder());
      std::filesystem::create_directory(folder());
    }
  }

  /// expect_undone for each way in which a call of the method can fail.
  void expect_undone_however_it_fails(const std::string& service,
                                      const std::function<FaultSwitch&(TestShop&)>& method) {
    const std::string gone = "UNAVAILABLE: " + service + " is not available";
    expect_undone(gone, [&method](TestShop& shop) { method(shop).fault = Fault::kUnreachable; });
    expect_undone(gone, [&method](TestShop& shop) { method(shop).fault = Fault::kLostAnswer; });
    // Long enough for the steps that do not hang.
    expect_undone(
        "DEADLINE_EXCEEDED: " + service + " did not answer within 500 ms",
        [&method](TestShop& shop) { method(shop).fault = Fault::kHang; }, 500);
  }

 private:
  static void mend(TestShop& shop) {
    for (FaultSwitch* method : {&shop.inventory->reserve, &shop.inventory->confirm, &shop.payment->charge,
                                &shop.points->grant, &shop.logistics->create}) {
      method->fault = Fault::kNone;
    }
  }
};

TEST_F(RecoveryTest, an_instance_that_is_gone_for_a_moment_costs_no_order) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kBuyer, kSku);
    for (FaultSwitch* method : {&shop.inventory->reserve, &shop.inventory->confirm, &shop.payment->charge,
                                &shop.points->grant, &shop.logistics->create}) {
      method->fault = Fault::kLostAnswer;
      method->strikes = 2;
    }
    const StoredOrder placed = co_await shop.orders->create(order_of_two(), "");
    EXPECT_EQ(shop.inventory->reserve.calls, 3);
    EXPECT_EQ(shop.payment->charge.calls, 3);
    const Books after = co_await shop.books(kBuyer, kSku);
    EXPECT_EQ(after, (Books{.stock = before.stock - 2,
                            .balance_cents = before.balance_cents - placed.total_cents,
                            .points = before.points + placed.total_cents / kCentsPerPoint,
                            .shipments = before.shipments + 1}));
  });
}

TEST_F(RecoveryTest, an_order_whose_stock_is_not_reserved_is_undone) {
  expect_undone_however_it_fails("inventory", [](TestShop& shop) -> FaultSwitch& { return shop.inventory->reserve; });
}

TEST_F(RecoveryTest, an_order_that_is_not_charged_is_undone) {
  expect_undone_however_it_fails("payment", [](TestShop& shop) -> FaultSwitch& { return shop.payment->charge; });
}

TEST_F(RecoveryTest, an_order_whose_points_are_not_granted_is_undone) {
  expect_undone_however_it_fails("points", [](TestShop& shop) -> FaultSwitch& { return shop.points->grant; });
}

TEST_F(RecoveryTest, an_order_that_is_not_shipped_is_undone) {
  expect_undone_however_it_fails("logistics", [](TestShop& shop) -> FaultSwitch& { return shop.logistics->create; });
}

TEST_F(RecoveryTest, an_order_whose_stock_is_not_confirmed_is_undone) {
  expect_undone_however_it_fails("inventory", [](TestShop& shop) -> FaultSwitch& { return shop.inventory->confirm; });
}

TEST_F(RecoveryTest, an_order_whose_caller_went_away_is_undone) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kBuyer, kSku);
    shop.logistics->create.fault = Fault::kHang;
    const Result<StoredOrder> left =
        co_await skerry::with_timeout(50ms, shop.orders->create(order_of_two(), "")).result();
    EXPECT_FALSE(left);
    co_await recover_until_books_are(shop, kBuyer, kSku, before);
  });
}

TEST_F(RecoveryTest, what_cannot_be_undone_now_is_undone_later) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kBuyer, kSku);
    shop.inventory->confirm.fault = Fault::kLostAnswer;
    for (FaultSwitch* method : {&shop.inventory->release, &shop.points->revoke}) {
      method->fault = Fault::kUnreachable;
      method->strikes = 2 * kMaxAttempts;
    }
    const std::string failure = co_await failure_of(shop.orders->create(order_of_two(), ""));
    EXPECT_EQ(failure.substr(0, 11), "UNAVAILABLE");
    co_await recover_until_books_are(shop, kBuyer, kSku, before);
  });
}

TEST_F(RecoveryTest, an_order_whose_reservation_expired_while_it_was_stored_is_refused) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kBuyer, kSku);
    shop.inventory->confirm.before = [&shop]() -> Task<> {  // tidy: allow(capture) the shop outlives the service
      co_await shop.inventory_store->sweep(std::chrono::system_clock::now() + kReservationLife);
    };
    const std::string failure = co_await failure_of(shop.orders->create(order_of_two(), ""));
    EXPECT_EQ(failure.substr(0, 63), "UNAVAILABLE: the stock was held for too short a time; try again");
    co_await recover_until_books_are(shop, kBuyer, kSku, before);
  });
}

TEST_F(RecoveryTest, a_placed_order_keeps_what_it_has_over_a_restart) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const StoredOrder placed = co_await shop.orders->create(order_of_two(), "");
    const Books after = co_await shop.books(kBuyer, kSku);
    const TestShop restarted = co_await open_shop();
    co_await restarted.inventory_store->sweep(std::chrono::system_clock::now() + 1h);
    co_await recover_until_books_are(restarted, kBuyer, kSku, after);
    const StoredOrder found = co_await restarted.orders->get(placed.order_id);
    EXPECT_EQ(found.state, OrderState::kCompleted);
  });
}

TEST_F(RecoveryTest, a_cancelled_order_gives_everything_back_though_services_are_away_and_order_restarts) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kBuyer, kSku);
    const StoredOrder placed = co_await shop.orders->create(order_of_two(), "");
    shop.inventory->release.fault = Fault::kUnreachable;
    shop.payment->refund.fault = Fault::kUnreachable;
    const std::string failure = co_await failure_of(shop.orders->cancel(placed.order_id));
    EXPECT_EQ(failure.substr(0, 37), "UNAVAILABLE: payment is not available");
    const Books between = co_await shop.books(kBuyer, kSku);
    EXPECT_EQ(between, (Books{.stock = before.stock - 2,
                              .balance_cents = before.balance_cents - placed.total_cents,
                              .points = before.points,
                              .shipments = before.shipments}));
    const TestShop restarted = co_await open_shop();
    co_await recover_until_books_are(restarted, kBuyer, kSku, before);
    const StoredOrder found = co_await restarted.orders->get(placed.order_id);
    EXPECT_EQ(found.state, OrderState::kCancelled);
    EXPECT_TRUE(found.begun.empty());
    EXPECT_EQ(restarted.logistics->cancel.calls, 0);
  });
}

}  // namespace
}  // namespace shop
