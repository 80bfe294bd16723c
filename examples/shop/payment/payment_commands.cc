// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/payment/payment_commands.h"

#include <utility>

#include "examples/shop/fields.h"
#include "examples/shop/payment/payment_store.h"

namespace shop {

using skerry::Task;
using skerry::sql::Transaction;

namespace {

Task<> charge_for(Transaction& transaction, ChargePayment command) {
  co_await check_user_id(command.user_id());
  co_await check_amount(command.amount_cents());
  co_await charge(transaction, {command.order_id(), command.user_id(), command.amount_cents()});
}

Task<> refund_for(Transaction& transaction, RefundPayment command) { co_await refund(transaction, command.order_id()); }

}  // namespace

void handle_payment_commands(Participant& participant, skerry::Live<ServiceConfig> config) {
  participant.handle<ChargePayment, PaymentCharged>(
      {.prepare = [config = std::move(config)] { return take_processing_time(config); },
       .work = charge_for,
       .fill = [](const ChargePayment& command,
                  PaymentCharged& charged) { charged.set_amount_cents(command.amount_cents()); }});
  participant.handle<RefundPayment, PaymentRefunded>({.work = refund_for});
}

}  // namespace shop
