// SPDX-License-Identifier: Apache-2.0
//
// OrderStore: the orders, in the service's own database. The invariants are of orders that are made by calls; those on
// events owe nothing here, since their saga does (events_flow.h).
//
//  1. A pending order was told to nobody. It becomes completed, or is removed once all of it was undone.
//  2. A cancelled order stays. Completed is left only for cancelled, and cancelled never.
//  3. `begun` holds every step that was begun and is not known to be undone: it is stored before the step's first call
//     and taken out after its compensation has succeeded. The stock is begun before the order is stored, under a
//     reservation that expires unless it is confirmed.
//  4. So the orders that owe other services a compensation are the pending ones that nobody is placing, and the
//     cancelled ones with steps in `begun`: `unsettled` finds them, also after a crash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/shop/order/order_rows.h"

namespace shop {

/// Any worker may call it once it is open. Each call is one transaction.
class OrderStore {
 public:
  /// Opens the database and makes its tables.
  skerry::Task<> open(std::filesystem::path database);
  /// Precondition: open.
  skerry::sql::Database& database() { return *database_; }

  skerry::Task<std::optional<StoredOrder>> find(std::string order_id);
  skerry::Task<std::optional<KeyRow>> find_key(std::string idempotency_key);

  /// Stores a new order as pending with the steps that it begins with, together with its idempotency key unless that is
  /// empty. ALREADY_EXISTS if the id or the key is taken.
  skerry::Task<> insert_pending(StoredOrder order, std::string idempotency_key, std::string request);
  /// Adds steps that are about to begin. ABORTED if the order is not pending.
  skerry::Task<> begin(std::string order_id, StepSet steps);
  /// Makes a pending order completed. ABORTED if it is not pending.
  skerry::Task<> complete(std::string order_id);
  /// Cancels a completed order for this reason and gives it; a cancelled one stays as it is. NOT_FOUND without one,
  /// ABORTED for a pending one. Precondition: it was made by calls.
  skerry::Task<StoredOrder> cancel(std::string order_id, std::string reason);
  /// Takes out steps that were undone. A pending order of which nothing is left is removed, and its idempotency key is
  /// free again.
  skerry::Task<> undone(std::string order_id, StepSet steps);

  /// Up to `count` ids of orders that were made by calls and may owe a compensation, after `order_id` in the order of
  /// ids.
  skerry::Task<std::vector<std::string>> unsettled(std::string order_id, std::size_t count);

 private:
  std::unique_ptr<skerry::sql::Database> database_;
};

}  // namespace shop
