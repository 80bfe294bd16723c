// SPDX-License-Identifier: Apache-2.0
//
// What `logistics` does for the saga of an order: ShipOrder, answered by OrderShipped, and StopShipment, answered by
// ShipmentStopped; and a ShipOrder for each request that it has accepted itself.
#pragma once

#include "examples/shop/logistics/logistics_config.h"
#include "examples/shop/participant.h"

namespace shop {

/// A shipment takes the configured processing time, and goes to the countries that are served then.
void handle_logistics_commands(Participant& participant, skerry::Live<LogisticsConfig> config);

}  // namespace shop
