// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/payment/payment_store.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>

#include "examples/shop/test_shop.h"

#include "skerry/async/scope.h"

namespace shop {
namespace {

using skerry::Code;
using skerry::Result;
using skerry::Scope;
using skerry::Task;
using skerry::sql::Transaction;

class PaymentStoreTest : public ShopTest {
 protected:
  PaymentStoreTest() {
    std::ofstream(folder() / "accounts.jsonl") << R"({"user_id":"ann","balance_cents":1000})" << "\n"
                                               << R"({"user_id":"bob","balance_cents":300})" << "\n";
  }
  Task<std::shared_ptr<PaymentStore>> open_store() {
    auto store = std::make_shared<PaymentStore>();
    co_await store->open(folder() / "payment.db", folder() / "accounts.jsonl");
    co_return store;
  }
  static Task<PaymentRow> charge_in(std::shared_ptr<PaymentStore> store, WantedPayment wanted) {
    co_return co_await store->database().transaction(
        [&wanted](Transaction& transaction) { return charge(transaction, wanted); });
  }
  static Task<PaymentRow> refund_in(std::shared_ptr<PaymentStore> store, std::string order_id) {
    co_return co_await store->database().transaction(
        [&order_id](Transaction& transaction) { return refund(transaction, order_id); });
  }
  static Task<std::int64_t> balance_of(std::shared_ptr<PaymentStore> store, std::string user_id) {
    const std::optional<AccountRow> account = co_await store->account(std::move(user_id));
    co_return account ? account->balance_cents : -1;
  }
};

TEST_F(PaymentStoreTest, a_charge_takes_the_amount_once_however_often_it_is_repeated) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    for (int i = 0; i < 3; ++i) {
      const PaymentRow payment = co_await charge_in(store, {"o1", "ann", 400});
      EXPECT_EQ(payment.amount_cents, 400);
      EXPECT_FALSE(payment.refunded);
    }
    const std::int64_t balance = co_await balance_of(store, "ann");
    EXPECT_EQ(balance, 600);
    const std::string other_amount = co_await failure_of(charge_in(store, {"o1", "ann", 401}));
    EXPECT_EQ(other_amount, "ALREADY_EXISTS: order o1 was paid by another user or with another amount");
    const std::string other_user = co_await failure_of(charge_in(store, {"o1", "bob", 400}));
    EXPECT_EQ(other_user, other_amount);
  });
}

TEST_F(PaymentStoreTest, an_account_is_charged_down_to_its_last_cent_and_no_further) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await charge_in(store, {"o1", "bob", 300});
    const Result<PaymentRow> declined = co_await charge_in(store, {"o2", "bob", 1}).result();
    EXPECT_EQ(declined.error().to_string(),
              "FAILED_PRECONDITION: the payment of 1 cents by user bob was declined: the balance does not cover it");
    EXPECT_EQ(declined.error().detail("reason"), "PAYMENT_DECLINED");
    const std::optional<PaymentRow> recorded = co_await store->find("o2");
    EXPECT_FALSE(recorded);
    // What was declined may be tried again once there is money.
    co_await refund_in(store, "o1");
    co_await charge_in(store, {"o2", "bob", 1});
    const std::int64_t balance = co_await balance_of(store, "bob");
    EXPECT_EQ(balance, 299);
  });
}

TEST_F(PaymentStoreTest, a_user_without_an_account_is_declined) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const Result<PaymentRow> declined = co_await charge_in(store, {"o1", "nobody", 0}).result();
    EXPECT_EQ(declined.error().to_string(),
              "FAILED_PRECONDITION: the payment of 0 cents by user nobody was declined: the user has no account");
    EXPECT_EQ(declined.error().detail("reason"), "PAYMENT_DECLINED");
  });
}

TEST_F(PaymentStoreTest, a_refund_gives_back_once_and_is_final) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    co_await charge_in(store, {"o1", "ann", 400});
    for (int i = 0; i < 2; ++i) {
      const PaymentRow payment = co_await refund_in(store, "o1");
      EXPECT_TRUE(payment.refunded);
      EXPECT_EQ(payment.amount_cents, 400);
    }
    const std::int64_t balance = co_await balance_of(store, "ann");
    EXPECT_EQ(balance, 1000);
    const std::string again = co_await failure_of(charge_in(store, {"o1", "ann", 400}));
    EXPECT_EQ(again, "ABORTED: the payment of order o1 was refunded");
  });
}

TEST_F(PaymentStoreTest, a_charge_that_comes_after_its_refund_is_refused) {
  run([this]() -> Task<> {
    auto store = co_await open_store();
    const PaymentRow nothing = co_await refund_in(store, "o1");
    EXPECT_TRUE(nothing.refunded);
    EXPECT_EQ(nothing.amount_cents, 0);
    const std::string late = co_await failure_of(charge_in(store, {"o1", "ann", 400}));
    EXPECT_EQ(late, "ABORTED: the payment of order o1 was refunded");
    const std::int64_t balance = co_await balance_of(store, "ann");
    EXPECT_EQ(balance, 1000);
  });
}

TEST_F(PaymentStoreTest, charges_at_once_from_several_processes_never_overdraw) {
  run([this]() -> Task<> {
    std::vector<std::shared_ptr<PaymentStore>> instances;
    instances.push_back(co_await open_store());
    instances.push_back(co_await open_store());
    std::atomic<int> paid = 0;
    std::atomic<int> declined = 0;
    co_await skerry::with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 30; ++i) {
        scope.go([&, i]() -> Task<> {
          const auto& store = instances[static_cast<std::size_t>(i % 2)];
          const auto outcome = co_await charge_in(store, {fmt::format("o{}", i), "ann", 100}).result();
          if (outcome) ++paid;
          if (!outcome && outcome.error().code() == Code::kFailedPrecondition) ++declined;
        });
      }
      co_return;
    });
    EXPECT_EQ(paid, 10);
    EXPECT_EQ(declined, 20);
    const std::int64_t balance = co_await balance_of(instances[0], "ann");
    EXPECT_EQ(balance, 0);
  });
}

TEST_F(PaymentStoreTest, what_a_restart_finds_is_what_was_there_and_the_accounts_are_filled_once) {
  run([this]() -> Task<> {
    auto before = co_await open_store();
    co_await charge_in(before, {"o1", "ann", 400});
    auto after = co_await open_store();
    const std::int64_t balance = co_await balance_of(after, "ann");
    EXPECT_EQ(balance, 600);
    const std::optional<PaymentRow> payment = co_await after->find("o1");
    EXPECT_TRUE(payment && payment->user_id == "ann" && !payment->refunded);
  });
}

// What payments come to, without a database.
struct PaymentModel {
  struct Entry {
    std::string user_id;
    std::int64_t amount_cents;
    bool refunded;
  };
  std::map<std::string, std::int64_t> balances{{"ann", 1000}, {"bob", 300}};
  std::map<std::string, Entry> payments;

  /// The code that the charge fails with.
  std::optional<Code> charge(const WantedPayment& wanted) {
    auto found = payments.find(wanted.order_id);
    if (found != payments.end()) {
      const Entry& entry = found->second;
      if (entry.refunded) return Code::kAborted;
      const bool same = entry.user_id == wanted.user_id && entry.amount_cents == wanted.amount_cents;
      return same ? std::nullopt : std::optional(Code::kAlreadyExists);
    }
    if (balances[wanted.user_id] < wanted.amount_cents) return Code::kFailedPrecondition;
    balances[wanted.user_id] -= wanted.amount_cents;
    payments[wanted.order_id] = {wanted.user_id, wanted.amount_cents, false};
    return std::nullopt;
  }
  void refund(const std::string& order_id) {
    Entry& entry = payments.try_emplace(order_id, Entry{"", 0, false}).first->second;
    if (!entry.refunded && !entry.user_id.empty()) balances[entry.user_id] += entry.amount_cents;
    entry.refunded = true;
  }
};

TEST_F(PaymentStoreTest, random_charges_and_refunds_come_to_what_a_model_says) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  run([this, seed]() -> Task<> {
    auto store = co_await open_store();
    PaymentModel model;
    std::mt19937_64 random(seed);
    for (int i = 0; i < 300; ++i) {
      const std::string order_id = fmt::format("o{}", random() % 20);
      if (random() % 3 == 0) {
        model.refund(order_id);
        co_await refund_in(store, order_id);
      } else {
        const WantedPayment wanted{order_id, random() % 2 == 0 ? "ann" : "bob",
                                   static_cast<std::int64_t>(random() % 3 * 100)};
        const std::optional<Code> expected = model.charge(wanted);
        const Result<PaymentRow> outcome = co_await charge_in(store, wanted).result();
        EXPECT_EQ(outcome ? std::nullopt : std::optional(outcome.error().code()), expected) << i;
      }
      const std::int64_t ann = co_await balance_of(store, "ann");
      const std::int64_t bob = co_await balance_of(store, "bob");
      EXPECT_EQ(ann, model.balances["ann"]) << i;
      EXPECT_EQ(bob, model.balances["bob"]) << i;
    }
  });
}

}  // namespace
}  // namespace shop
