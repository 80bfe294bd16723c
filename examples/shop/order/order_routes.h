// SPDX-License-Identifier: Apache-2.0
//
// What `order` answers by HTTP, beside its gRPC. An order is
// {"order_id", "user_id", "status", "total_cents", "items": [{"sku", "name", "quantity", "price_cents"}], "created_at"}
// with the status "pending", "accepted", "cancelling", "completed" or "cancelled" (order_rows.h) and the time as in RFC
// 3339. A cancelled one has a "reason".
#pragma once

#include <cstddef>
#include <memory>

#include "examples/shop/order/orders.h"

#include "skerry/http/message.h"

namespace shop {

/// The largest body of POST /api/orders.
inline constexpr std::size_t kMaxOrderBytes = std::size_t{256} << 10;

/// POST /api/orders with {"user_id", "items": [{"sku", "quantity"}]}, and the header Idempotency-Key if the caller
/// wants to repeat it safely: 201 with the order and its Location. By calls it is completed then, or 409 where it is
/// refused, with the reason OUT_OF_STOCK, PAYMENT_DECLINED or ADDRESS_NOT_SERVED (refusal.h), and nothing of it stays.
/// On events it is accepted, and completed later, or cancelled with one of these reasons.
skerry::Task<skerry::http::Response> create_order(std::shared_ptr<Orders> orders, skerry::http::Request request);

/// GET /api/orders/{id}.
skerry::Task<skerry::http::Response> get_order(std::shared_ptr<Orders> orders, skerry::http::Request request);

/// POST /api/orders/{id}/cancel. Of an order that was made by calls: the order, cancelled, when its stock, money,
/// points and shipment are back; 503 and 504 where a service does not answer: the order is cancelled all the same, and
/// the rest follows. Of one on events: the order, cancelling as a rule, and cancelled when all of that is back.
skerry::Task<skerry::http::Response> cancel_order(std::shared_ptr<Orders> orders, skerry::http::Request request);

}  // namespace shop
