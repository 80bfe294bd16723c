// SPDX-License-Identifier: Apache-2.0
//
// PointsStore: what users were granted for their orders, in the service's own database.
//
//   co_await store.database().transaction([&](sql::Transaction& transaction) { return grant(transaction, wanted); });
//
// `grant` and `revoke` are the business of the service. They work within a transaction of the caller's, so that what
// calls for them can be recorded with them.
//
// Invariants:
//  1. The balance of a user is the sum of the user's grants that are not revoked.
//  2. An order has one grant; revoked is final.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "skerry/base/json.h"
#include "skerry/sql/database.h"

namespace shop {

/// What has to be spent for one point.
inline constexpr std::int64_t kCentsPerPoint = 100;
constexpr std::int64_t points_of(std::int64_t amount_cents) { return amount_cents / kCentsPerPoint; }

/// What an order earns points with; the body of POST /api/points.
struct WantedGrant {
  std::string order_id;
  std::string user_id;
  std::int64_t amount_cents = 0;
  static constexpr std::array<std::string_view, 3> kRequiredFields{"order_id", "user_id", "amount_cents"};
};
BOOST_DESCRIBE_STRUCT(WantedGrant, (), (order_id, user_id, amount_cents))

struct GrantRow {
  std::string order_id;
  /// Empty where the revocation came first.
  std::string user_id;
  std::int64_t points = 0;
  bool revoked = false;
};
BOOST_DESCRIBE_STRUCT(GrantRow, (), (order_id, user_id, points, revoked))

/// PointsService.Grant. When it fails it has written nothing.
skerry::Task<GrantRow> grant(skerry::sql::Transaction& transaction, WantedGrant wanted);
/// The grant that the order has, if it has one and `grant` would give it; else fails as `grant` would.
skerry::Task<std::optional<GrantRow>> repeated_grant(skerry::sql::Transaction& transaction, WantedGrant wanted);
/// PointsService.Revoke.
skerry::Task<GrantRow> revoke(skerry::sql::Transaction& transaction, std::string order_id);

/// Any worker may call it once it is open.
class PointsStore {
 public:
  /// Opens the database and makes its tables.
  skerry::Task<> open(std::filesystem::path database);

  skerry::sql::Database& database() { return *database_; }
  skerry::Task<std::optional<GrantRow>> find(std::string order_id);
  /// 0 for a user that was never granted any.
  skerry::Task<std::int64_t> balance(std::string user_id);

 private:
  std::unique_ptr<skerry::sql::Database> database_;
};

}  // namespace shop
