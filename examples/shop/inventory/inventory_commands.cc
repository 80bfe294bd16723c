// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory_commands.h"

#include <chrono>
#include <utility>

#include "examples/shop/inventory/stock.h"

namespace shop {

using skerry::Task;
using skerry::sql::Transaction;
using std::chrono::system_clock;

namespace {

Task<> reserve_for(Transaction& transaction, ReserveStock command) {
  std::vector<WantedItem> wanted;
  for (const ReserveItem& item : command.items()) wanted.push_back({item.sku(), item.quantity()});
  co_await reserve_stock(transaction, command.order_id(), co_await merge_items(wanted), system_clock::now());
  co_await confirm_stock(transaction, command.order_id());
}

Task<> release_for(Transaction& transaction, ReleaseStock command) {
  co_await release_stock(transaction, command.order_id(), system_clock::now());
}

}  // namespace

void handle_inventory_commands(Participant& participant, skerry::Live<ServiceConfig> config) {
  participant.handle<ReserveStock, StockReserved>(
      {.prepare = [config = std::move(config)] { return take_processing_time(config); }, .work = reserve_for});
  participant.handle<ReleaseStock, StockReleased>({.work = release_for});
}

}  // namespace shop
