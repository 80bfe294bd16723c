// SPDX-License-Identifier: Apache-2.0
//
// The business of `inventory`: what happens to stock and reservations, within a transaction of the caller's, so that
// what calls for it can be recorded with it.
//
//   Hold hold = co_await reserve_stock(transaction, order_id, items, now);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "examples/shop/inventory/reservation.h"

#include "skerry/sql/transaction.h"

namespace shop {

skerry::Task<std::optional<ProductRow>> find_product(skerry::sql::Executor& executor, std::string sku);

/// InventoryService.Reserve with items that were merged. When it fails it has written nothing.
skerry::Task<Hold> reserve_stock(skerry::sql::Transaction& transaction, std::string order_id,
                                 std::vector<WantedItem> items, WallTime now);
/// InventoryService.Confirm. When it fails it has written nothing.
skerry::Task<Hold> confirm_stock(skerry::sql::Transaction& transaction, std::string order_id);
/// InventoryService.Release.
skerry::Task<Hold> release_stock(skerry::sql::Transaction& transaction, std::string order_id, WallTime now);

/// Puts the items of a reservation back. Precondition: it is held or confirmed.
skerry::Task<> give_back(skerry::sql::Transaction& transaction, std::string order_id, WallTime now);

/// As times are stored.
std::int64_t milliseconds_of(WallTime time);

}  // namespace shop
