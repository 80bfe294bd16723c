// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/logistics/logistics_commands.h"

#include <utility>

#include "examples/shop/accepted_requests.h"
#include "examples/shop/fields.h"
#include "examples/shop/logistics/shipment_store.h"

namespace shop {

using skerry::Live;
using skerry::Task;
using skerry::sql::Transaction;

namespace {

Task<> ship_for(Transaction& transaction, ShipOrder command, Live<LogisticsConfig> config) {
  co_await check_user_id(command.user_id());
  co_await ship(transaction, {command.order_id(), command.user_id()}, config.get()->served_countries);
}

Task<> stop_for(Transaction& transaction, StopShipment command) {
  co_await cancel_shipment(transaction, command.order_id());
}

}  // namespace

void handle_logistics_commands(Participant& participant, Live<LogisticsConfig> config) {
  auto ship_configured = [config](Transaction& transaction, ShipOrder command) {
    return ship_for(transaction, std::move(command), config);
  };
  participant.handle<ShipOrder, OrderShipped>(
      {.prepare = [config = std::move(config)] { return take_processing_time(config); },
       .work = std::move(ship_configured),
       .refused = refuse_request<ShipOrder>});
  participant.handle<StopShipment, ShipmentStopped>({.work = stop_for});
}

}  // namespace shop
