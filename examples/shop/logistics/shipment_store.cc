// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/logistics/shipment_store.h"

#include <algorithm>
#include <utility>

#include "examples/shop/accepted_requests.h"
#include "examples/shop/refusal.h"
#include "examples/shop/service_database.h"

namespace shop {

using skerry::Error;
using skerry::Result;
using skerry::Task;
using skerry::sql::Executor;
using skerry::sql::Transaction;

namespace {

constexpr const char* kSchema = R"(
  create table addresses (
    user_id     text primary key,
    street      text not null,
    postal_code text not null,
    city        text not null,
    country     text not null
  ) strict, without rowid;
  create table shipments (
    order_id    text primary key,
    user_id     text not null,
    street      text not null,
    postal_code text not null,
    city        text not null,
    country     text not null,
    cancelled   integer not null default 0
  ) strict, without rowid;
)";

Task<std::optional<ShipmentRow>> find_shipment(Executor& executor, std::string order_id) {
  co_return co_await executor.one<ShipmentRow>(
      "select order_id, user_id, street, postal_code, city, country, cancelled from shipments where order_id = ?",
      order_id);
}

Task<> insert_shipment(Transaction& transaction, ShipmentRow row) {
  co_await transaction.execute(
      "insert into shipments (order_id, user_id, street, postal_code, city, country, cancelled) "
      "values (?, ?, ?, ?, ?, ?, ?)",
      row.order_id, row.user_id, row.street, row.postal_code, row.city, row.country, row.cancelled);
}

// What a CreateShipment for an order that has one comes to.
Result<> check_repeated_shipment(const ShipmentRow& existing, const WantedShipment& wanted) {
  if (existing.cancelled) return fail(Error::aborted("the shipment of order {} was cancelled", existing.order_id));
  if (existing.user_id == wanted.user_id) return {};
  return fail(Error::already_exists("order {} is shipped to another user", existing.order_id));
}

Result<> check_served(const std::optional<AddressRow>& address, const WantedShipment& wanted,
                      const std::vector<std::string>& served_countries) {
  if (!address) return fail(refusal(kAddressNotServed, "user {} has no address to send to", wanted.user_id));
  if (std::ranges::find(served_countries, address->country) != served_countries.end()) return {};
  return fail(refusal(kAddressNotServed, "the address of user {} is not served: nothing is sent to {}", wanted.user_id,
                      address->country));
}

}  // namespace

Task<std::optional<ShipmentRow>> repeated_shipment(Transaction& transaction, WantedShipment wanted) {
  std::optional<ShipmentRow> existing = co_await find_shipment(transaction, wanted.order_id);
  if (existing) co_await check_repeated_shipment(*existing, wanted);
  co_return existing;
}

Task<ShipmentRow> ship(Transaction& transaction, WantedShipment wanted, std::vector<std::string> served_countries) {
  std::optional<ShipmentRow> existing = co_await repeated_shipment(transaction, wanted);
  if (existing) co_return *std::move(existing);
  const std::optional<AddressRow> address = co_await transaction.one<AddressRow>(
      "select user_id, street, postal_code, city, country from addresses where user_id = ?", wanted.user_id);
  co_await check_served(address, wanted, served_countries);
  const ShipmentRow shipment{.order_id = wanted.order_id,
                             .user_id = wanted.user_id,
                             .street = address->street,
                             .postal_code = address->postal_code,
                             .city = address->city,
                             .country = address->country,
                             .cancelled = false};
  co_await insert_shipment(transaction, shipment);
  co_return shipment;
}

Task<ShipmentRow> cancel_shipment(Transaction& transaction, std::string order_id) {
  std::optional<ShipmentRow> shipment = co_await find_shipment(transaction, order_id);
  if (!shipment) {
    ShipmentRow never_sent;
    never_sent.order_id = std::move(order_id);
    never_sent.cancelled = true;
    co_await insert_shipment(transaction, never_sent);
    co_return never_sent;
  }
  if (!shipment->cancelled) {
    co_await transaction.execute("update shipments set cancelled = 1 where order_id = ?", order_id);
    shipment->cancelled = true;
  }
  co_return *std::move(shipment);
}

Task<> ShipmentStore::open(std::filesystem::path database, std::filesystem::path seed) {
  database_ = co_await open_database(
      database, {{1, "addresses and shipments", kSchema}, {2, "accepted requests", kAcceptedRequestsSchema}});
  co_await fill_table<AddressRow>(*database_, "addresses", seed);
}

Task<std::optional<ShipmentRow>> ShipmentStore::find(std::string order_id) {
  co_return co_await find_shipment(*database_, std::move(order_id));
}

}  // namespace shop
