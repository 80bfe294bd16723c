// SPDX-License-Identifier: Apache-2.0
//
// Orders: the service `order`, by gRPC. How an order is placed by calls is told in sync_flow.h, and what makes that
// safe against faults in recovery.h; how it is placed by events, in events_flow.h. The configured mode is that of new
// orders; each goes on in the mode that it was made in.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "examples/shop/order/events_flow.h"
#include "examples/shop/order/keyed_mutex.h"
#include "examples/shop/order/new_order.h"
#include "examples/shop/order/order_store.h"
#include "examples/shop/order/recovery.h"
#include "examples/shop/order/sync_flow.h"
#include "order.skerry.h"

namespace shop {

class Orders final : public OrderService {
 public:
  Orders(std::shared_ptr<OrderStore> store, std::shared_ptr<Downstream> downstream,
         std::shared_ptr<EventsFlow> events_flow, skerry::Live<OrderConfig> config);

  skerry::Task<Order> CreateOrder(CreateOrderRequest request) override;
  skerry::Task<Order> GetOrder(OrderRequest request) override;
  skerry::Task<Order> CancelOrder(OrderRequest request) override;

  // What both protocols answer with; errors as in order.proto.
  skerry::Task<StoredOrder> create(NewOrder request, std::string idempotency_key);
  skerry::Task<StoredOrder> get(std::string order_id);
  skerry::Task<StoredOrder> cancel(std::string order_id);

  /// Runs as long as the service does.
  skerry::Task<> recover() { return recovery_.run(); }

 private:
  skerry::Task<std::optional<StoredOrder>> find_earlier(std::string idempotency_key, std::string request_text);
  skerry::Task<StoredOrder> place_once(NewOrder request, std::string idempotency_key);
  skerry::Task<StoredOrder> place(NewOrder request, std::string idempotency_key);
  skerry::Task<StoredOrder> cancel_by_calls(std::string order_id);

  const std::shared_ptr<OrderStore> store_;
  const skerry::Live<OrderConfig> config_;
  Recovery recovery_;
  SyncFlow sync_flow_;
  const std::shared_ptr<EventsFlow> events_flow_;
  KeyedMutex keys_;
};

}  // namespace shop
