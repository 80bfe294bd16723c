// SPDX-License-Identifier: Apache-2.0
//
// Payments: the service `payment`, by gRPC and by HTTP.
#pragma once

#include <memory>
#include <utility>

#include "examples/shop/payment/payment_store.h"
#include "examples/shop/service_config.h"
#include "payment.skerry.h"

#include "skerry/http/message.h"

namespace shop {

class Payments final : public PaymentService {
 public:
  explicit Payments(std::shared_ptr<PaymentStore> store,
                    skerry::Live<ServiceConfig> config = skerry::Live(ServiceConfig()))
      : store_(std::move(store)), config_(std::move(config)) {}

  /// Takes the configured processing time.
  skerry::Task<Payment> Charge(ChargeRequest request) override;
  skerry::Task<Payment> Refund(PaymentRequest request) override;
  skerry::Task<Payment> GetPayment(PaymentRequest request) override;
  skerry::Task<Account> GetAccount(AccountRequest request) override;

  /// GET /api/payments/{order_id}: {"order_id", "user_id", "amount_cents", "status"}, the status being "charged" or
  /// "refunded".
  skerry::Task<skerry::http::Response> get_payment(skerry::http::Request request);
  /// GET /api/accounts/{user_id}: {"user_id", "balance_cents"}.
  skerry::Task<skerry::http::Response> get_account(skerry::http::Request request);

 private:
  skerry::Task<PaymentRow> payment(std::string order_id);
  skerry::Task<AccountRow> account(std::string user_id);

  const std::shared_ptr<PaymentStore> store_;
  const skerry::Live<ServiceConfig> config_;
};

}  // namespace shop
