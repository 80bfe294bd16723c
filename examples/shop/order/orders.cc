// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/orders.h"

#include <chrono>
#include <utility>

#include "skerry/base/ids.h"
#include "skerry/telemetry/telemetry.h"

namespace shop {

using skerry::Code;
using skerry::Error;
using skerry::Result;
using skerry::Task;
namespace log = skerry::log;

namespace {

OrderStatus message_status(OrderState state) {
  switch (state) {
    case OrderState::kPending:
      return ORDER_STATUS_PENDING;
    case OrderState::kConfirmed:
      return ORDER_STATUS_CONFIRMED;
    case OrderState::kCancelled:
      return ORDER_STATUS_CANCELLED;
  }
  return ORDER_STATUS_UNSPECIFIED;
}

Order order_message(const StoredOrder& stored) {
  Order order;
  order.set_order_id(stored.order_id);
  order.set_user_id(stored.user_id);
  order.set_status(message_status(stored.state));
  order.set_total_cents(stored.total_cents);
  const std::int64_t created_ms = stored.created_at.time_since_epoch().count();
  order.mutable_created_at()->set_seconds(created_ms / 1'000);
  order.mutable_created_at()->set_nanos(static_cast<std::int32_t>(created_ms % 1'000 * 1'000'000));
  for (const OrderLine& line : stored.items) {
    OrderItem& item = *order.add_items();
    item.set_sku(line.sku);
    item.set_name(line.name);
    item.set_quantity(static_cast<std::int32_t>(line.quantity));
    item.set_price_cents(line.price_cents);
  }
  return order;
}

StoredOrder order_of(std::string order_id, std::string user_id, const Reservation& reservation) {
  StoredOrder order{.order_id = std::move(order_id),
                    .user_id = std::move(user_id),
                    .state = OrderState::kPending,
                    .total_cents = reservation.total_cents(),
                    .created_at = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()),
                    .stock_returned = false,
                    .items = {}};
  for (const ReservedItem& item : reservation.items()) {
    order.items.push_back({item.sku(), item.name(), item.quantity(), item.price_cents()});
  }
  return order;
}

// A Reserve that was refused so has taken nothing.
bool took_nothing(const Error& error) {
  return error.code() == Code::kFailedPrecondition || error.code() == Code::kNotFound ||
         error.code() == Code::kInvalidArgument;
}

}  // namespace

Orders::Orders(std::shared_ptr<OrderStore> store, std::shared_ptr<Downstream> downstream,
               skerry::Live<OrderConfig> config)
    : store_(store), downstream_(downstream), config_(std::move(config)), recovery_(store, downstream) {}

Task<StoredOrder> Orders::create(NewOrder request, std::string idempotency_key) {
  const auto config = config_.get();
  co_await check_new_order(request, config->max_items);
  co_await check_idempotency_key(idempotency_key);
  if (idempotency_key.empty()) co_return co_await place(std::move(request), "");
  // Two requests with one key follow each other; the second finds the order of the first.
  KeyedMutex::Use use(keys_, idempotency_key);
  auto guard = co_await use.mutex().lock();
  std::optional<StoredOrder> earlier = co_await find_earlier(idempotency_key, fingerprint(request));
  if (earlier) co_return *std::move(earlier);
  co_return co_await place(std::move(request), std::move(idempotency_key));
}

Task<std::optional<StoredOrder>> Orders::find_earlier(std::string idempotency_key, std::string request_text) {
  const std::optional<KeyRow> key = co_await store_->find_key(idempotency_key);
  if (!key) co_return std::nullopt;
  if (key->request != request_text) {
    co_return Error::already_exists("the idempotency key \"{}\" was used for another order", idempotency_key);
  }
  std::optional<StoredOrder> order = co_await store_->find(key->order_id);
  if (order && order->state == OrderState::kPending) {
    // Its placing ended half-way and it was told to nobody.
    co_await recovery_.settle(order->order_id);
    co_return std::nullopt;
  }
  co_return order;
}

Task<Reservation> Orders::reserve(std::string order_id, NewOrder request) {
  ReserveRequest message;
  message.set_order_id(order_id);
  for (const NewOrderItem& wanted : request.items) {
    ReserveItem& item = *message.add_items();
    item.set_sku(wanted.sku);
    item.set_quantity(static_cast<std::int32_t>(wanted.quantity));
  }
  co_return co_await downstream_->reserve(std::move(message));
}

Task<> Orders::confirm_stock(std::string order_id) {
  ReservationRequest message;
  message.set_order_id(order_id);
  const Result<Reservation> confirmed = co_await downstream_->confirm(std::move(message)).result();
  if (confirmed) co_return;
  if (confirmed.error().code() != Code::kAborted) co_await Error(confirmed.error());
  co_await Error::unavailable("the stock was held for too short a time; try again").caused_by(confirmed.error());
}

Task<StoredOrder> Orders::place(NewOrder request, std::string idempotency_key) {
  UserRequest user;
  user.set_user_id(request.user_id);
  co_await downstream_->get_user(std::move(user));

  const std::string order_id = skerry::time_ordered_id();
  Recovery::Attempt attempt(recovery_, order_id);
  Result<Reservation> reservation = co_await reserve(order_id, request).result();
  if (!reservation) {
    if (took_nothing(reservation.error())) attempt.complete();
    co_return std::move(reservation).error();
  }
  StoredOrder order = order_of(order_id, request.user_id, *reservation);
  co_await store_->insert_pending(order, std::move(idempotency_key), fingerprint(request));
  co_await confirm_stock(order_id);
  co_await store_->confirm(order_id);
  attempt.complete();

  order.state = OrderState::kConfirmed;
  skerry::telemetry::current().metrics().counter("shop_orders_total", "Orders that were placed").increment();
  log::info("order placed", {{"order_id", order_id}, {"total_cents", order.total_cents}});
  co_return order;
}

Task<StoredOrder> Orders::get(std::string order_id) {
  std::optional<StoredOrder> order = co_await store_->find(order_id);
  if (!order) co_return Error::not_found("no order {}", order_id);
  co_return *std::move(order);
}

Task<StoredOrder> Orders::cancel(std::string order_id) {
  Recovery::Attempt attempt(recovery_, order_id);
  Result<StoredOrder> order = co_await store_->cancel(order_id).result();
  if (!order || order->stock_returned) attempt.complete();
  StoredOrder cancelled = co_await std::move(order);
  if (cancelled.stock_returned) co_return cancelled;
  co_await recovery_.settle(order_id);
  attempt.complete();
  cancelled.stock_returned = true;
  log::info("order cancelled", {{"order_id", order_id}});
  co_return cancelled;
}

Task<Order> Orders::CreateOrder(CreateOrderRequest request) {
  NewOrder order{.user_id = request.user_id(), .items = {}};
  for (const CreateOrderItem& item : request.items()) order.items.push_back({item.sku(), item.quantity()});
  const StoredOrder placed = co_await create(std::move(order), request.idempotency_key());
  co_return order_message(placed);
}

Task<Order> Orders::GetOrder(OrderRequest request) {
  const StoredOrder order = co_await get(request.order_id());
  co_return order_message(order);
}

Task<Order> Orders::CancelOrder(OrderRequest request) {
  const StoredOrder order = co_await cancel(request.order_id());
  co_return order_message(order);
}

}  // namespace shop
