// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/payment/payments.h"

#include "examples/shop/fields.h"

namespace shop {

using skerry::Error;
using skerry::Task;
using skerry::sql::Transaction;
namespace http = skerry::http;

namespace {

struct PaymentBody {
  std::string order_id;
  std::string user_id;
  std::int64_t amount_cents = 0;
  std::string status;
};
BOOST_DESCRIBE_STRUCT(PaymentBody, (), (order_id, user_id, amount_cents, status))

Payment payment_message(const PaymentRow& row) {
  Payment payment;
  payment.set_order_id(row.order_id);
  payment.set_user_id(row.user_id);
  payment.set_amount_cents(row.amount_cents);
  payment.set_state(row.refunded ? PAYMENT_STATE_REFUNDED : PAYMENT_STATE_CHARGED);
  return payment;
}

}  // namespace

Task<PaymentRow> Payments::payment(std::string order_id) {
  std::optional<PaymentRow> row = co_await store_->find(order_id);
  if (!row) co_return Error::not_found("order {} has no payment", order_id);
  co_return *std::move(row);
}

Task<AccountRow> Payments::account(std::string user_id) {
  std::optional<AccountRow> row = co_await store_->account(user_id);
  if (!row) co_return Error::not_found("user {} has no account", user_id);
  co_return *std::move(row);
}

Task<Payment> Payments::Charge(ChargeRequest request) {
  co_await check_order_id(request.order_id());
  co_await check_user_id(request.user_id());
  co_await check_amount(request.amount_cents());
  co_await take_processing_time(config_);
  const WantedPayment wanted{request.order_id(), request.user_id(), request.amount_cents()};
  const PaymentRow row = co_await store_->database().transaction(
      [&wanted](Transaction& transaction) { return charge(transaction, wanted); });
  co_return payment_message(row);
}

Task<Payment> Payments::Refund(PaymentRequest request) {
  co_await check_order_id(request.order_id());
  const PaymentRow row = co_await store_->database().transaction(
      [&request](Transaction& transaction) { return refund(transaction, request.order_id()); });
  co_return payment_message(row);
}

Task<Payment> Payments::GetPayment(PaymentRequest request) {
  const PaymentRow row = co_await payment(request.order_id());
  co_return payment_message(row);
}

Task<Account> Payments::GetAccount(AccountRequest request) {
  const AccountRow row = co_await account(request.user_id());
  Account account;
  account.set_user_id(row.user_id);
  account.set_balance_cents(row.balance_cents);
  co_return std::move(account);
}

Task<http::Response> Payments::get_payment(http::Request request) {
  PaymentRow row = co_await payment(request.param("order_id"));
  co_return http::json(skerry::to_json(PaymentBody{.order_id = std::move(row.order_id),
                                                   .user_id = std::move(row.user_id),
                                                   .amount_cents = row.amount_cents,
                                                   .status = row.refunded ? "refunded" : "charged"}));
}

Task<http::Response> Payments::get_account(http::Request request) {
  co_return http::json(skerry::to_json(co_await account(request.param("user_id"))));
}

}  // namespace shop
