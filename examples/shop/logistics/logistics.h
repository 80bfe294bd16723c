// SPDX-License-Identifier: Apache-2.0
//
// Logistics: the service `logistics`, by gRPC and by HTTP. A shipment over HTTP is
// {"order_id", "user_id", "status", "address": {"street", "postal_code", "city", "country"}} with the status "created"
// or "cancelled".
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

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
                     skerry::Live<LogisticsConfig> config = skerry::Live(LogisticsConfig()))
      : store_(std::move(store)), config_(std::move(config)) {}

  /// Takes the configured processing time.
  skerry::Task<Shipment> CreateShipment(CreateShipmentRequest request) override;
  skerry::Task<Shipment> CancelShipment(ShipmentRequest request) override;
  skerry::Task<Shipment> GetShipment(ShipmentRequest request) override;

  /// POST /api/shipments with {"order_id", "user_id"}, which can be repeated safely: 201 with the shipment and its
  /// Location; 409 where the user's address is not served. Takes the configured processing time.
  skerry::Task<skerry::http::Response> post(skerry::http::Request request);
  /// GET /api/shipments/{order_id}.
  skerry::Task<skerry::http::Response> get(skerry::http::Request request);

 private:
  skerry::Task<ShipmentRow> shipped(WantedShipment wanted);
  skerry::Task<ShipmentRow> shipment(std::string order_id);

  const std::shared_ptr<ShipmentStore> store_;
  const skerry::Live<LogisticsConfig> config_;
};

}  // namespace shop
