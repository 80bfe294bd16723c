// SPDX-License-Identifier: Apache-2.0
//
// What `inventory` does for the saga of an order: ReserveStock, answered by StockReserved, and ReleaseStock, answered
// by StockReleased. Stock that a saga reserves is confirmed at once: the saga releases it when the order fails, so it
// need not expire.
#pragma once

#include "examples/shop/participant.h"
#include "examples/shop/service_config.h"

namespace shop {

/// A reservation takes the configured processing time.
void handle_inventory_commands(Participant& participant, skerry::Live<ServiceConfig> config);

}  // namespace shop
