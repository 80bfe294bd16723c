// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/payment/payment_store.h"

#include <utility>
#include <vector>

#include "examples/shop/refusal.h"
#include "examples/shop/service_database.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Executor;
using skerry::sql::Transaction;

namespace {

constexpr const char* kSchema = R"(
  create table accounts (
    user_id       text primary key,
    balance_cents integer not null check (balance_cents >= 0)
  ) strict, without rowid;
  create table payments (
    order_id     text primary key,
    user_id      text not null,
    amount_cents integer not null check (amount_cents >= 0),
    refunded     integer not null default 0
  ) strict, without rowid;
)";

Task<std::optional<PaymentRow>> find_payment(Executor& executor, std::string order_id) {
  co_return co_await executor.one<PaymentRow>(
      "select order_id, user_id, amount_cents, refunded from payments where order_id = ?", order_id);
}

Task<std::optional<AccountRow>> find_account(Executor& executor, std::string user_id) {
  co_return co_await executor.one<AccountRow>("select user_id, balance_cents from accounts where user_id = ?", user_id);
}

// What a Charge for an order that has a payment comes to.
Result<> check_repeated_charge(const PaymentRow& existing, const WantedPayment& wanted) {
  if (existing.refunded) return fail(Error::aborted("the payment of order {} was refunded", existing.order_id));
  if (existing.user_id == wanted.user_id && existing.amount_cents == wanted.amount_cents) return {};
  return fail(Error::already_exists("order {} was paid by another user or with another amount", existing.order_id));
}

Result<> check_covered(const std::optional<AccountRow>& account, const WantedPayment& wanted) {
  if (account && account->balance_cents >= wanted.amount_cents) return {};
  const char* const why = account ? "the balance does not cover it" : "the user has no account";
  return fail(refusal(kPaymentDeclined, "the payment of {} cents by user {} was declined: {}", wanted.amount_cents,
                      wanted.user_id, why));
}

}  // namespace

Task<PaymentRow> charge(Transaction& transaction, WantedPayment wanted) {
  std::optional<PaymentRow> existing = co_await find_payment(transaction, wanted.order_id);
  if (existing) {
    co_await check_repeated_charge(*existing, wanted);
    co_return *std::move(existing);
  }
  const std::optional<AccountRow> account = co_await find_account(transaction, wanted.user_id);
  co_await check_covered(account, wanted);
  co_await transaction.execute("update accounts set balance_cents = balance_cents - ? where user_id = ?",
                               wanted.amount_cents, wanted.user_id);
  co_await transaction.execute("insert into payments (order_id, user_id, amount_cents) values (?, ?, ?)",
                               wanted.order_id, wanted.user_id, wanted.amount_cents);
  co_return PaymentRow{std::move(wanted.order_id), std::move(wanted.user_id), wanted.amount_cents, false};
}

Task<PaymentRow> refund(Transaction& transaction, std::string order_id) {
  std::optional<PaymentRow> payment = co_await find_payment(transaction, order_id);
  if (!payment) {
    co_await transaction.execute(
        "insert into payments (order_id, user_id, amount_cents, refunded) values (?, '', 0, 1)", order_id);
    co_return PaymentRow{.order_id = std::move(order_id), .user_id = "", .amount_cents = 0, .refunded = true};
  }
  if (!payment->refunded) {
    co_await transaction.execute("update accounts set balance_cents = balance_cents + ? where user_id = ?",
                                 payment->amount_cents, payment->user_id);
    co_await transaction.execute("update payments set refunded = 1 where order_id = ?", order_id);
    payment->refunded = true;
  }
  co_return *std::move(payment);
}

Task<> PaymentStore::open(std::filesystem::path database, std::filesystem::path seed) {
  database_ = co_await open_database(database, {{1, "accounts and payments", kSchema}});
  co_await fill_table<AccountRow>(*database_, "accounts", seed);
}

Task<std::optional<PaymentRow>> PaymentStore::find(std::string order_id) {
  co_return co_await find_payment(*database_, std::move(order_id));
}

Task<std::optional<AccountRow>> PaymentStore::account(std::string user_id) {
  co_return co_await find_account(*database_, std::move(user_id));
}

}  // namespace shop
