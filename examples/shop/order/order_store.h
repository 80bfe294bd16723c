// SPDX-License-Identifier: Apache-2.0
//
// OrderStore: the orders, in the service's own database, which one process uses.
//
// Invariants:
//  1. A pending order was told to nobody. It becomes confirmed, or is removed once its stock was given back.
//  2. A cancelled order stays, and `stock_returned` says whether its stock is known to be back.
//  3. So the orders that owe inventory a Release are the pending ones that nobody is placing, and the cancelled ones
//     without stock_returned: `unsettled` finds them, also after a crash.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/base/json.h"
#include "skerry/sql/database.h"

namespace shop {

enum class OrderState : std::uint8_t { kPending, kConfirmed, kCancelled };

/// "pending", "confirmed" or "cancelled".
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
  OrderState state = OrderState::kPending;
  std::int64_t total_cents = 0;
  std::chrono::sys_time<std::chrono::milliseconds> created_at;
  /// Of a cancelled order.
  bool stock_returned = false;
  std::vector<OrderLine> items;
};

/// The order that an idempotency key stands for, and the fingerprint of what was asked for with it.
struct KeyRow {
  std::string order_id;
  std::string request;
};
BOOST_DESCRIBE_STRUCT(KeyRow, (), (order_id, request))

/// Any worker may call it once it is open. Each call is one transaction.
class OrderStore {
 public:
  /// Opens the database and makes its tables.
  skerry::Task<> open(std::filesystem::path database);

  skerry::Task<std::optional<StoredOrder>> find(std::string order_id);
  skerry::Task<std::optional<KeyRow>> find_key(std::string idempotency_key);

  /// Stores a new order as pending, together with its idempotency key unless that is empty. ALREADY_EXISTS if the id or
  /// the key is taken.
  skerry::Task<> insert_pending(StoredOrder order, std::string idempotency_key, std::string request);
  /// Makes a pending order confirmed. ABORTED if it is not pending.
  skerry::Task<> confirm(std::string order_id);
  /// Removes an order if it is pending, and frees its idempotency key.
  skerry::Task<> remove_pending(std::string order_id);
  /// Cancels a confirmed order and gives it; a cancelled one stays as it is. NOT_FOUND without one, ABORTED for a
  /// pending one.
  skerry::Task<StoredOrder> cancel(std::string order_id);
  skerry::Task<> mark_stock_returned(std::string order_id);

  /// Up to `count` ids of orders that may owe inventory a Release, after `order_id` in the order of ids.
  skerry::Task<std::vector<std::string>> unsettled(std::string order_id, std::size_t count);

 private:
  std::unique_ptr<skerry::sql::Database> database_;
};

}  // namespace shop
