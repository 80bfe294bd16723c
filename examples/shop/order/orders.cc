// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/orders.h"

#include <utility>

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
    case OrderState::kAccepted:
      return ORDER_STATUS_ACCEPTED;
    case OrderState::kCancelling:
      return ORDER_STATUS_CANCELLING;
    case OrderState::kCompleted:
      return ORDER_STATUS_COMPLETED;
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
  order.set_reason(stored.reason);
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

}  // namespace

Orders::Orders(std::shared_ptr<OrderStore> store, std::shared_ptr<Downstream> downstream,
               std::shared_ptr<EventsFlow> events_flow, skerry::Live<OrderConfig> config)
    : store_(store),
      config_(std::move(config)),
      recovery_(store, downstream),
      sync_flow_(std::move(store), std::move(downstream), recovery_),
      events_flow_(std::move(events_flow)) {}

Task<StoredOrder> Orders::create(NewOrder request, std::string idempotency_key) {
  const auto config = config_.get();
  co_await check_new_order(request, config->max_items);
  co_await check_idempotency_key(idempotency_key);
  if (idempotency_key.empty()) co_return co_await place(std::move(request), "");
  // Two requests with one key follow each other; the second finds the order of the first.
  KeyedMutex::Use use(keys_, idempotency_key);
  auto guard = co_await use.mutex().lock();
  co_return co_await place_once(std::move(request), std::move(idempotency_key));
}

Task<StoredOrder> Orders::place_once(NewOrder request, std::string idempotency_key) {
  const std::string request_text = fingerprint(request);
  std::optional<StoredOrder> earlier = co_await find_earlier(idempotency_key, request_text);
  if (earlier) co_return *std::move(earlier);
  Result<StoredOrder> placed = co_await place(std::move(request), idempotency_key).result();
  if (placed || placed.error().code() != Code::kAlreadyExists) co_return co_await std::move(placed);
  // Another instance was faster.
  earlier = co_await find_earlier(std::move(idempotency_key), request_text);
  if (earlier) co_return *std::move(earlier);
  co_return co_await std::move(placed);
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

Task<StoredOrder> Orders::place(NewOrder request, std::string idempotency_key) {
  const bool on_events = config_.get()->mode == OrderMode::kEvents;
  auto placing = on_events ? events_flow_->place(std::move(request), std::move(idempotency_key))
                           : sync_flow_.place(std::move(request), std::move(idempotency_key));
  StoredOrder order = co_await std::move(placing);
  skerry::telemetry::current().metrics().counter("shop_orders_total", "Orders that were placed").increment();
  log::info("order placed", {{"order_id", order.order_id}, {"total_cents", order.total_cents}});
  co_return order;
}

Task<StoredOrder> Orders::get(std::string order_id) {
  std::optional<StoredOrder> order = co_await store_->find(order_id);
  if (!order) co_return Error::not_found("no order {}", order_id);
  co_return *std::move(order);
}

Task<StoredOrder> Orders::cancel(std::string order_id) {
  const StoredOrder order = co_await get(order_id);
  if (order.mode == OrderMode::kEvents) co_return co_await events_flow_->cancel(std::move(order_id));
  co_return co_await cancel_by_calls(std::move(order_id));
}

Task<StoredOrder> Orders::cancel_by_calls(std::string order_id) {
  Recovery::Attempt attempt(recovery_, order_id);
  Result<StoredOrder> order = co_await store_->cancel(order_id, "cancelled on request").result();
  if (!order || order->begun.empty()) attempt.complete();
  StoredOrder cancelled = co_await std::move(order);
  if (cancelled.begun.empty()) co_return cancelled;
  co_await recovery_.settle(order_id);
  attempt.complete();
  cancelled.begun = {};
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
