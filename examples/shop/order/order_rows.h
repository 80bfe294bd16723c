// SPDX-License-Identifier: Apache-2.0
//
// The orders as they are stored, and the statements that several transactions have in common.
//
//   std::optional<StoredOrder> order = co_await find_order(transaction, order_id);
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "examples/shop/order/order_config.h"
#include "examples/shop/order/order_steps.h"

#include "skerry/base/json.h"
#include "skerry/sql/database.h"

namespace shop {

enum class OrderState : std::uint8_t {
  kPending,     ///< By calls: being placed. Nobody was told of it.
  kAccepted,    ///< On events: stored and answered, and not finished.
  kCancelling,  ///< On events: cancelled on request, and not everything is undone.
  kCompleted,
  kCancelled,
};

/// "pending", "accepted", "cancelling", "completed" or "cancelled".
const char* order_state_name(OrderState state);

struct OrderLine {
  std::string sku;
  std::string name;
  std::int64_t quantity = 0;
  std::int64_t price_cents = 0;
};
BOOST_DESCRIBE_STRUCT(OrderLine, (), (sku, name, quantity, price_cents))

struct StoredOrder {
  std::string order_id;
  std::string user_id;
  OrderMode mode = OrderMode::kSync;
  OrderState state = OrderState::kPending;
  std::int64_t total_cents = 0;
  std::chrono::sys_time<std::chrono::milliseconds> created_at;
  /// Steps that were begun and not undone.
  StepSet begun;
  /// Why it was cancelled; empty in other states.
  std::string reason;
  std::vector<OrderLine> items;
};

/// The order that an idempotency key stands for, and the fingerprint of what was asked for with it.
struct KeyRow {
  std::string order_id;
  std::string request;
};
BOOST_DESCRIBE_STRUCT(KeyRow, (), (order_id, request))

skerry::Task<std::optional<StoredOrder>> find_order(skerry::sql::Executor& executor, std::string order_id);

/// Stores a new order, together with its idempotency key unless that is empty. ALREADY_EXISTS if the id or the key is
/// taken.
skerry::Task<> insert_order(skerry::sql::Transaction& transaction, StoredOrder order, std::string idempotency_key,
                            std::string request);

/// The sequence for another event about the order: 1 the first time, then one more.
skerry::Task<std::int64_t> next_version(skerry::sql::Transaction& transaction, std::string order_id);

}  // namespace shop
