// SPDX-License-Identifier: Apache-2.0
//
// Orders that a service refuses: what was done for them before is undone.
#include "examples/shop/refusal.h"

#include <gtest/gtest.h>

#include "examples/shop/order/test_orders.h"

#include "skerry/async/sync.h"

namespace shop {
namespace {

using skerry::Error;
using skerry::Result;
using skerry::Task;

class RefusalTest : public OrdersFixture {
 protected:
  /// Orders two pieces, expects the refusal, and that the order left nothing when it was answered.
  void expect_refused(const std::string& user_id, std::int64_t quantity, const std::string& reason,
                      const std::string& message) {
    run([this, user_id, quantity, reason, message]() -> Task<> {
      const TestShop shop = co_await open_shop();
      const Books before = co_await shop.books(user_id, kSku);
      const Result<StoredOrder> refused =
          co_await shop.orders->create(new_order(user_id, {{kSku, quantity}}), "key").result();
      EXPECT_FALSE(refused);
      if (refused) co_return;
      EXPECT_EQ(refused.error().to_string(), "FAILED_PRECONDITION: " + message);
      EXPECT_EQ(refused.error().detail("reason"), reason);
      const Books after = co_await shop.books(user_id, kSku);
      EXPECT_EQ(after, before);
      const std::vector<std::string> unsettled = co_await shop.store->unsettled("", 10);
      EXPECT_TRUE(unsettled.empty());
      // The key is free for another attempt.
      const std::optional<KeyRow> key = co_await shop.store->find_key("key");
      EXPECT_FALSE(key);
    });
  }
};

TEST_F(RefusalTest, an_order_out_of_stock_is_refused) {
  expect_refused(kBuyer, 1'000, "OUT_OF_STOCK", "not enough stock of SKU-0001: 1000 wanted, 422 left");
}

TEST_F(RefusalTest, an_order_that_its_user_cannot_pay_gives_the_stock_back) {
  expect_refused(kPoorUser, 2, "PAYMENT_DECLINED",
                 "the payment of 1390 cents by user u551 was declined: the balance does not cover it");
}

TEST_F(RefusalTest, an_order_to_where_nothing_is_sent_gives_stock_money_and_points_back) {
  expect_refused(kFarUser, 2, "ADDRESS_NOT_SERVED", "the address of user u576 is not served: nothing is sent to JP");
}

TEST_F(RefusalTest, only_what_was_begun_is_undone) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    (void)co_await shop.orders->create(new_order(kBuyer, {{kSku, 1'000}}), "").result();
    EXPECT_EQ(shop.inventory->release.calls, 0);
    (void)co_await shop.orders->create(new_order(kPoorUser, {{kSku, 1}}), "").result();
    EXPECT_EQ(shop.inventory->release.calls, 1);
    EXPECT_EQ(shop.payment->refund.calls, 1);
    EXPECT_EQ(shop.points->revoke.calls, 0);
    EXPECT_EQ(shop.logistics->cancel.calls, 0);
    (void)co_await shop.orders->create(new_order(kFarUser, {{kSku, 1}}), "").result();
    EXPECT_EQ(shop.inventory->release.calls, 2);
    EXPECT_EQ(shop.payment->refund.calls, 2);
    EXPECT_EQ(shop.points->revoke.calls, 1);
    EXPECT_EQ(shop.logistics->cancel.calls, 1);
  });
}

TEST_F(RefusalTest, a_compensation_that_fails_holds_up_no_other_and_is_repeated_until_it_is_done) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kFarUser, kSku);
    shop.payment->refund.fault = Fault::kUnreachable;
    shop.payment->refund.strikes = 3 * kMaxAttempts;
    const std::string refused = co_await failure_of(shop.orders->create(new_order(kFarUser, {{kSku, 2}}), ""));
    EXPECT_EQ(refused.substr(0, 50), "FAILED_PRECONDITION: the address of user u576 is n");
    const Books between = co_await shop.books(kFarUser, kSku);
    EXPECT_EQ(between.stock, before.stock);
    EXPECT_EQ(between.points, before.points);
    EXPECT_EQ(between.balance_cents, before.balance_cents - 2 * 695);
    co_await recover_until_books_are(shop, kFarUser, kSku, before);
    EXPECT_EQ(shop.inventory->release.calls, 1);
  });
}

TEST_F(RefusalTest, a_refused_order_is_undone_by_the_next_process_when_this_one_ends) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kFarUser, kSku);
    shop.payment->refund.fault = Fault::kUnreachable;
    shop.points->revoke.fault = Fault::kUnreachable;
    (void)co_await shop.orders->create(new_order(kFarUser, {{kSku, 2}}), "key").result();
    const TestShop restarted = co_await open_shop();
    co_await recover_until_books_are(restarted, kFarUser, kSku, before);
    const std::optional<KeyRow> key = co_await restarted.store->find_key("key");
    EXPECT_FALSE(key);
  });
}

TEST_F(RefusalTest, points_and_shipment_are_begun_side_by_side) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    // Each goes on when the other has arrived; one after the other would wait in vain.
    skerry::Event granting;
    skerry::Event shipping;
    shop.points->grant.before = [&granting, &shipping]() -> Task<> {  // tidy: allow(capture) they outlive the service
      granting.set();
      co_await shipping.wait();
    };
    shop.logistics->create.before = [&granting, &shipping]() -> Task<> {  // tidy: allow(capture) as above
      shipping.set();
      co_await granting.wait();
    };
    const StoredOrder placed = co_await shop.orders->create(new_order(kBuyer, {{kSku, 1}}), "");
    EXPECT_EQ(placed.state, OrderState::kCompleted);
  });
}

TEST_F(RefusalTest, a_refused_shipment_ends_a_grant_that_hangs_and_both_are_undone) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const Books before = co_await shop.books(kFarUser, kSku);
    shop.config.set({.downstream_timeout_ms = 60'000});
    shop.points->grant.fault = Fault::kHang;
    const std::string refused = co_await failure_of(shop.orders->create(new_order(kFarUser, {{kSku, 2}}), ""));
    EXPECT_EQ(refused.substr(0, 19), "FAILED_PRECONDITION");
    const Books after = co_await shop.books(kFarUser, kSku);
    EXPECT_EQ(after, before);
  });
}

TEST(Refusal, a_definite_no_is_told_from_an_unknown_outcome) {
  EXPECT_TRUE(is_refusal(refusal(kOutOfStock, "none left")));
  EXPECT_TRUE(is_refusal(Error::not_found("no product")));
  EXPECT_TRUE(is_refusal(Error::invalid_argument("no")));
  EXPECT_FALSE(is_refusal(Error::unavailable("gone")));
  EXPECT_FALSE(is_refusal(Error::deadline_exceeded("late")));
  EXPECT_FALSE(is_refusal(Error::aborted("released")));
  EXPECT_FALSE(is_refusal(Error::internal("bug")));
}

}  // namespace
}  // namespace shop
