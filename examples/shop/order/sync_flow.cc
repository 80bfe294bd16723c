// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/sync_flow.h"

#include <chrono>
#include <utility>

#include "examples/shop/refusal.h"

#include "skerry/async/scope.h"
#include "skerry/base/ids.h"

namespace shop {

using skerry::Result;
using skerry::Scope;
using skerry::Task;

namespace {

StoredOrder order_of(std::string order_id, std::string user_id, const Reservation& reservation) {
  StoredOrder order{.order_id = std::move(order_id),
                    .user_id = std::move(user_id),
                    .state = OrderState::kPending,
                    .total_cents = reservation.total_cents(),
                    .created_at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                    .begun = {OrderStep::kStock, OrderStep::kPayment},
                    .reason = "",
                    .items = {}};
  for (const ReservedItem& item : reservation.items()) {
    order.items.push_back({item.sku(), item.name(), item.quantity(), item.price_cents()});
  }
  return order;
}

}  // namespace

SyncFlow::SyncFlow(std::shared_ptr<OrderStore> store, std::shared_ptr<Downstream> downstream, Recovery& recovery)
    : store_(std::move(store)), downstream_(std::move(downstream)), recovery_(recovery) {}

Task<StoredOrder> SyncFlow::place(NewOrder request, std::string idempotency_key) {
  co_await downstream_->check_user(request.user_id);
  const std::string order_id = skerry::time_ordered_id();
  Recovery::Attempt attempt(recovery_, order_id);
  const Result<Reservation> reservation = co_await downstream_->reserve(order_id, request.items).result();
  if (!reservation) {
    if (is_refusal(reservation.error())) attempt.complete();
    co_return reservation.error();
  }
  StoredOrder order = order_of(order_id, request.user_id, *reservation);
  const Result<> completed = co_await complete(order, std::move(idempotency_key), fingerprint(request)).result();
  if (!completed) {
    // What is not undone here is left to the recovery, with the attempt.
    if (is_refusal(completed.error())) co_await undo(attempt, order_id);
    co_return completed.error();
  }
  attempt.complete();
  order.state = OrderState::kCompleted;
  co_return order;
}

Task<> SyncFlow::undo(Recovery::Attempt& attempt, std::string order_id) {
  const Result<> settled = co_await recovery_.settle(std::move(order_id)).result();
  if (settled) attempt.complete();
}

Task<> SyncFlow::complete(StoredOrder order, std::string idempotency_key, std::string request_text) {
  co_await store_->insert_pending(order, std::move(idempotency_key), std::move(request_text));
  co_await downstream_->charge(order.order_id, order.user_id, order.total_cents);
  co_await store_->begin(order.order_id, {OrderStep::kPoints, OrderStep::kShipment});
  co_await grant_points_and_ship(order);
  co_await downstream_->confirm_stock(order.order_id);
  co_await store_->complete(order.order_id);
}

Task<> SyncFlow::grant_points_and_ship(StoredOrder order) {
  co_await skerry::with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() { return downstream_->grant_points(order.order_id, order.user_id, order.total_cents); });
    scope.go([&]() { return downstream_->ship(order.order_id, order.user_id); });
    co_return;
  });
}

}  // namespace shop
