// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/logistics/logistics.h"

#include "examples/shop/accepted_requests.h"
#include "examples/shop/created.h"
#include "examples/shop/fields.h"

namespace shop {

using skerry::Error;
using skerry::Task;
using skerry::sql::Transaction;
namespace http = skerry::http;

namespace {

struct AddressBody {
  std::string street;
  std::string postal_code;
  std::string city;
  std::string country;
};
BOOST_DESCRIBE_STRUCT(AddressBody, (), (street, postal_code, city, country))

struct ShipmentBody {
  std::string order_id;
  std::string user_id;
  std::string status;
  std::optional<AddressBody> address;
  std::optional<std::string> reason;
  std::optional<std::string> message;
};
BOOST_DESCRIBE_STRUCT(ShipmentBody, (), (order_id, user_id, status, address, reason, message))

Shipment shipment_message(const ShipmentRow& row) {
  Shipment shipment;
  shipment.set_order_id(row.order_id);
  shipment.set_user_id(row.user_id);
  shipment.set_state(row.cancelled ? SHIPMENT_STATE_CANCELLED : SHIPMENT_STATE_CREATED);
  if (row.user_id.empty()) return shipment;
  Address& address = *shipment.mutable_address();
  address.set_street(row.street);
  address.set_postal_code(row.postal_code);
  address.set_city(row.city);
  address.set_country(row.country);
  return shipment;
}

ShipmentBody shipment_body(const ShipmentRow& row) {
  ShipmentBody body{.order_id = row.order_id, .user_id = row.user_id};
  body.status = row.cancelled ? "cancelled" : "created";
  body.address = {.street = row.street, .postal_code = row.postal_code, .city = row.city, .country = row.country};
  return body;
}

ShipmentBody request_body(const AcceptedRequest<ShipOrder>& request) {
  ShipmentBody body{.order_id = request.command.order_id(), .user_id = request.command.user_id()};
  body.status = request.status();
  body.reason = request.reason;
  body.message = request.message;
  return body;
}

ShipOrder ship_command(const WantedShipment& wanted) {
  ShipOrder command;
  command.set_order_id(wanted.order_id);
  command.set_user_id(wanted.user_id);
  return command;
}

Error no_shipment(const std::string& order_id) { return Error::not_found("order {} has no shipment", order_id); }

}  // namespace

Task<> Logistics::check(WantedShipment wanted) {
  co_await check_order_id(wanted.order_id);
  co_await check_user_id(wanted.user_id);
}

Task<ShipmentRow> Logistics::shipped(WantedShipment wanted) {
  co_await check(wanted);
  co_await take_processing_time(config_);
  const auto config = config_.get();
  co_return co_await store_->database().transaction([&](Transaction& transaction) -> Task<ShipmentRow> {
    co_await check_same_request(transaction, ship_command(wanted));
    co_return co_await ship(transaction, wanted, config->served_countries);
  });
}

Task<AcceptedRequest<ShipOrder>> Logistics::accepted(WantedShipment wanted) {
  co_await check(wanted);
  using Accepted = AcceptedRequest<ShipOrder>;
  co_return co_await store_->database().transaction([&](Transaction& transaction) -> Task<Accepted> {
    co_await repeated_shipment(transaction, wanted);
    co_return co_await accept_request(transaction, *participant_, ship_command(wanted));
  });
}

Task<ShipmentRow> Logistics::shipment(std::string order_id) {
  std::optional<ShipmentRow> row = co_await store_->find(order_id);
  if (!row) co_return no_shipment(order_id);
  co_return *std::move(row);
}

Task<Shipment> Logistics::CreateShipment(CreateShipmentRequest request) {
  const ShipmentRow row = co_await shipped({request.order_id(), request.user_id()});
  co_return shipment_message(row);
}

Task<Shipment> Logistics::CancelShipment(ShipmentRequest request) {
  co_await check_order_id(request.order_id());
  const ShipmentRow row = co_await store_->database().transaction(
      [&request](Transaction& transaction) { return cancel_shipment(transaction, request.order_id()); });
  co_return shipment_message(row);
}

Task<Shipment> Logistics::GetShipment(ShipmentRequest request) {
  const ShipmentRow row = co_await shipment(request.order_id());
  co_return shipment_message(row);
}

Task<http::Response> Logistics::post(http::Request request) {
  const std::string body = co_await request.body.read_all(kMaxShipmentBytes);
  WantedShipment wanted = co_await skerry::parse_json<WantedShipment>(body);
  if (config_.get()->mode == RequestMode::kEvents) {
    const AcceptedRequest<ShipOrder> stored = co_await accepted(std::move(wanted));
    co_return co_await created(skerry::to_json(request_body(stored)), "/api/shipments/", stored.command.order_id());
  }
  const ShipmentRow row = co_await shipped(std::move(wanted));
  co_return co_await created(skerry::to_json(shipment_body(row)), "/api/shipments/", row.order_id);
}

Task<http::Response> Logistics::get(http::Request request) {
  const std::string order_id = request.param("order_id");
  const auto accepted = co_await find_request<ShipOrder>(store_->database(), order_id);
  const std::optional<ShipmentRow> made = co_await store_->find(order_id);
  if (made) co_return http::json(skerry::to_json(shipment_body(*made)));
  if (accepted) co_return http::json(skerry::to_json(request_body(*accepted)));
  co_return no_shipment(order_id);
}

}  // namespace shop
