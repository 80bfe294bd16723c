// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/logistics/logistics.h"

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
  AddressBody address;
};
BOOST_DESCRIBE_STRUCT(ShipmentBody, (), (order_id, user_id, status, address))

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

http::Response shipment_response(ShipmentRow row, int status) {
  return http::json(skerry::to_json(ShipmentBody{.order_id = std::move(row.order_id),
                                                 .user_id = std::move(row.user_id),
                                                 .status = row.cancelled ? "cancelled" : "created",
                                                 .address = {.street = std::move(row.street),
                                                             .postal_code = std::move(row.postal_code),
                                                             .city = std::move(row.city),
                                                             .country = std::move(row.country)}}),
                    status);
}

}  // namespace

Task<ShipmentRow> Logistics::shipped(WantedShipment wanted) {
  co_await check_order_id(wanted.order_id);
  co_await check_user_id(wanted.user_id);
  co_await take_processing_time(config_);
  const auto config = config_.get();
  co_return co_await store_->database().transaction(
      [&wanted, &config](Transaction& transaction) { return ship(transaction, wanted, config->served_countries); });
}

Task<ShipmentRow> Logistics::shipment(std::string order_id) {
  std::optional<ShipmentRow> row = co_await store_->find(order_id);
  if (!row) co_return Error::not_found("order {} has no shipment", order_id);
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
  ShipmentRow row = co_await shipped(std::move(wanted));
  const std::string location = "/api/shipments/" + row.order_id;
  http::Response response = shipment_response(std::move(row), 201);
  co_await response.headers.set("location", location);
  co_return std::move(response);
}

Task<http::Response> Logistics::get(http::Request request) {
  co_return shipment_response(co_await shipment(request.param("order_id")), 200);
}

}  // namespace shop
