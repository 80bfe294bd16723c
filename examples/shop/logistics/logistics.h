// SPDX-License-Identifier: Apache-2.0
//
// Logistics: the service `logistics`, by gRPC and by HTTP. A shipment over HTTP is
// {"order_id", "user_id", "status", "address": {"street", "postal_code", "city", "country"}} with the status "created"
// or "cancelled"; before there is an address to send to, one without address with the status "accepted", or "refused"
// with "reason" and "message".
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "examples/shop/accepted_requests.h"
#include "examples/shop/logistics/logistics_config.h"
#include "examples/shop/logistics/shipment_store.h"
#include "logistics.skerry.h"

#include "skerry/http/message.h"

namespace shop {

/// The largest body of POST /api/shipments.
inline constexpr std::size_t kMaxShipmentBytes = std::size_t{16} << 10;

class Logistics final : public LogisticsService {
 public:
  explicit Logistics(std::shared_ptr<ShipmentStore> store,
                     skerry::Live<LogisticsConfig> config = skerry::Live(LogisticsConfig()),
                     std::shared_ptr<Participant> participant = lone_participant("logistics"))
      : store_(std::move(store)), config_(std::move(config)), participant_(std::move(participant)) {}

  /// Takes the configured processing time.
  skerry::Task<Shipment> CreateShipment(CreateShipmentRequest request) override;
  skerry::Task<Shipment> CancelShipment(ShipmentRequest request) override;
  skerry::Task<Shipment> GetShipment(ShipmentRequest request) override;

  /// POST /api/shipments with {"order_id", "user_id"}, which can be repeated safely: 201 with the shipment and its
  /// Location. By RequestMode::kSync it is created, after the configured processing time, or 409 says that the user's
  /// address is not served; by kEvents it is accepted, and 503 without an event broker.
  skerry::Task<skerry::http::Response> post(skerry::http::Request request);
  /// GET /api/shipments/{order_id}.
  skerry::Task<skerry::http::Response> get(skerry::http::Request request);

 private:
  skerry::Task<> check(WantedShipment wanted);
  skerry::Task<ShipmentRow> shipped(WantedShipment wanted);
  skerry::Task<AcceptedRequest<ShipOrder>> accepted(WantedShipment wanted);
  skerry::Task<ShipmentRow> shipment(std::string order_id);

  const std::shared_ptr<ShipmentStore> store_;
  const skerry::Live<LogisticsConfig> config_;
  const std::shared_ptr<Participant> participant_;
};

}  // namespace shop
