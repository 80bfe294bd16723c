// SPDX-License-Identifier: Apache-2.0
//
// The saga "order": what becomes of an order that was accepted. Each step is a command to the service that owns the
// work, and the service's answer ends it:
//
//   reserve               ReserveStock     ReleaseStock
//   charge                ChargePayment    RefundPayment
//   points beside         GrantPoints      RevokePoints
//   shipment              ShipOrder        StopShipment
//
// A refusal, or a cancellation, has what was done undone in the reverse order. The end is written into the order and
// published in one transaction.
//
// The one thing to know: an order waits for a service that is away, for as long as it is; only a business's no gives an
// order up.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "examples/shop/order/new_order.h"
#include "examples/shop/order/order_rows.h"
#include "examples/shop/topic_names.h"

#include "skerry/events/outbox.h"
#include "skerry/saga/runner.h"

namespace shop {

inline constexpr const char* kOrderSaga = "order";
/// How long an answer is waited for before the command is sent again, in case that it was lost, and how long at most
/// until then.
inline constexpr std::chrono::seconds kAnswerLimit{60};
inline constexpr std::chrono::minutes kMaxCommandPause{5};
/// How long an order that has ended can be cancelled. Shorter than the other services remember what they did for it.
inline constexpr std::chrono::hours kKeepEnded{24 * 14};

/// The saga's data.
struct OrderWork {
  std::string user_id;
  std::int64_t total_cents = 0;
  std::vector<NewOrderItem> items;
};
BOOST_DESCRIBE_STRUCT(OrderWork, (), (user_id, total_cents, items))

OrderWork order_work(const StoredOrder& order);

/// The outbox outlives the definition.
skerry::saga::Definition<OrderWork> order_saga(skerry::events::Outbox& outbox, const Topics& topics);

}  // namespace shop
