// SPDX-License-Identifier: Apache-2.0
//
// ShipmentStore: the users' addresses and the shipments, in the service's own database.
//
//   co_await store.database().transaction([&](sql::Transaction& transaction) { return ship(transaction, wanted); });
//
// `ship` and `cancel_shipment` are the business of the service. They work within a transaction of the caller's, so that
// what calls for them can be recorded with them.
//
// Invariant: an order has one shipment; cancelled is final.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "skerry/base/json.h"
#include "skerry/sql/database.h"

namespace shop {

/// A user's address as stored, and as a line of addresses.jsonl.
struct AddressRow {
  std::string user_id;
  std::string street;
  std::string postal_code;
  std::string city;
  /// ISO 3166-1 alpha-2.
  std::string country;
  static constexpr std::array<std::string_view, 5> kRequiredFields{"user_id", "street", "postal_code", "city",
                                                                   "country"};
};
BOOST_DESCRIBE_STRUCT(AddressRow, (), (user_id, street, postal_code, city, country))

/// What has to be sent to whom; the body of POST /api/shipments.
struct WantedShipment {
  std::string order_id;
  std::string user_id;
  static constexpr std::array<std::string_view, 2> kRequiredFields{"order_id", "user_id"};
};
BOOST_DESCRIBE_STRUCT(WantedShipment, (), (order_id, user_id))

/// A shipment with the address it goes to. All but the order is empty where the cancellation came first.
struct ShipmentRow {
  std::string order_id;
  std::string user_id;
  std::string street;
  std::string postal_code;
  std::string city;
  std::string country;
  bool cancelled = false;
};
BOOST_DESCRIBE_STRUCT(ShipmentRow, (), (order_id, user_id, street, postal_code, city, country, cancelled))

/// LogisticsService.CreateShipment, where something is sent to those countries. When it fails it has written nothing.
skerry::Task<ShipmentRow> ship(skerry::sql::Transaction& transaction, WantedShipment wanted,
                               std::vector<std::string> served_countries);
/// The shipment that the order has, if it has one and `ship` would give it; else fails as `ship` would.
skerry::Task<std::optional<ShipmentRow>> repeated_shipment(skerry::sql::Transaction& transaction,
                                                           WantedShipment wanted);
/// LogisticsService.CancelShipment.
skerry::Task<ShipmentRow> cancel_shipment(skerry::sql::Transaction& transaction, std::string order_id);

/// Any worker may call it once it is open.
class ShipmentStore {
 public:
  /// Opens the database, makes its tables, and fills the addresses from the file when nobody has filled them before.
  skerry::Task<> open(std::filesystem::path database, std::filesystem::path seed);

  skerry::sql::Database& database() { return *database_; }
  skerry::Task<std::optional<ShipmentRow>> find(std::string order_id);

 private:
  std::unique_ptr<skerry::sql::Database> database_;
};

}  // namespace shop
