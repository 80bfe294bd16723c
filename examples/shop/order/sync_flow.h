// SPDX-License-Identifier: Apache-2.0
//
// SyncFlow: places an order by calls, one after the other, each durable before the next begins:
//
//   1. the user is known
//   2. Reserve                     the stock is held for some seconds
//   3. stored as pending           with its idempotency key; stock and payment are begun
//   4. Charge
//   5. stored: points and shipment are begun
//   6. Grant, CreateShipment       side by side
//   7. Confirm                     the stock is taken for good
//   8. stored as completed         and only then answered
//
// A refusal undoes what was begun before it is answered. Whatever else ends the order half-way leaves that to Recovery.
#pragma once

#include <memory>
#include <string>

#include "examples/shop/order/downstream.h"
#include "examples/shop/order/new_order.h"
#include "examples/shop/order/order_store.h"
#include "examples/shop/order/recovery.h"

namespace shop {

/// Any worker. The recovery outlives it.
class SyncFlow {
 public:
  SyncFlow(std::shared_ptr<OrderStore> store, std::shared_ptr<Downstream> downstream, Recovery& recovery);

  /// Places a valid order. Errors as in order.proto. Precondition: nobody places an order with this key meanwhile.
  skerry::Task<StoredOrder> place(NewOrder request, std::string idempotency_key);

 private:
  skerry::Task<> complete(StoredOrder order, std::string idempotency_key, std::string request_text);
  skerry::Task<> grant_points_and_ship(StoredOrder order);
  skerry::Task<> undo(Recovery::Attempt& attempt, std::string order_id);

  const std::shared_ptr<OrderStore> store_;
  const std::shared_ptr<Downstream> downstream_;
  Recovery& recovery_;
};

}  // namespace shop
