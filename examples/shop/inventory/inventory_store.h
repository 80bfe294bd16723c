// SPDX-License-Identifier: Apache-2.0
//
// InventoryStore: products, stock and reservations, in a database that all instances of `inventory` share. Each call is
// one transaction, so that stock and reservation change together or not at all, whoever is killed when.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/shop/inventory/reservation.h"

#include "skerry/sql/database.h"

namespace shop {

/// Reservations that one sweep releases; the next one goes on.
inline constexpr std::size_t kMaxExpiredPerSweep = 500;

/// Any worker may call it once it is open.
class InventoryStore {
 public:
  /// Opens the database, makes its tables, and fills them from the file in one exclusive transaction when no instance
  /// has filled them before.
  skerry::Task<> open(std::filesystem::path database, std::filesystem::path seed);

  skerry::sql::Database& database() { return *database_; }

  skerry::Task<std::optional<ProductRow>> product(std::string sku);
  /// The first `count` products whose SKU comes after `sku`.
  skerry::Task<std::vector<ProductRow>> products_after(std::string sku, std::size_t count);

  // Each of stock.h in a transaction of its own.
  skerry::Task<Hold> reserve(std::string order_id, std::vector<WantedItem> items, WallTime now);
  skerry::Task<Hold> confirm(std::string order_id);
  skerry::Task<Hold> release(std::string order_id, WallTime now);

  /// Releases what is held and has expired, kMaxExpiredPerSweep at most, and forgets what was released kReleasedKept
  /// ago. Gives how many it released. Writes nothing when there is nothing to do.
  skerry::Task<std::size_t> sweep(WallTime now);

 private:
  std::unique_ptr<skerry::sql::Database> database_;
};

}  // namespace shop
