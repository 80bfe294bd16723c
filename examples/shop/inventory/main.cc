// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-inventory`. Instances that are given the same data directory share one database.
#include "examples/shop/inventory/inventory_commands.h"
#include "examples/shop/inventory/inventory_routes.h"
#include "examples/shop/inventory/product_changes.h"
#include "examples/shop/seed.h"
#include "examples/shop/take_part.h"
#include "examples/shop/topic_names.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  namespace http = skerry::http;

  skerry::Service app("inventory", argc, argv);
  auto config = app.config<shop::ServiceConfig>({.group = "shop"});
  auto store = std::make_shared<shop::InventoryStore>();
  app.on_start([&app, store] {
    return store->open(app.data_directory() / "inventory.db", shop::data_folder() / "products.jsonl");
  });
  const shop::Topics topics;
  auto events = std::make_shared<shop::ServiceEvents>(app.name());
  auto participant =
      shop::take_part(app, store, events, {.commands = topics.inventory_commands, .answers = topics.inventory});
  shop::handle_inventory_commands(*participant, config);
  auto changes = std::make_shared<shop::ProductChanges>(store, events);
  app.on_start([changes] { return changes->publish_all(); });

  auto inventory = std::make_shared<shop::Inventory>(store, std::chrono::system_clock::now, config);
  app.serve<shop::InventoryService>(inventory);
  app.get("/api/inventory/{sku}",
          [inventory](http::Request request) { return shop::get_product(inventory, std::move(request)); });
  app.get("/api/products",
          [inventory](http::Request request) { return shop::list_products(inventory, std::move(request)); });
  app.put("/api/products/{sku}",
          [changes](http::Request request) { return shop::put_product(changes, std::move(request)); });
  app.background("sweep of expired reservations", [inventory] { return inventory->sweep_expired(); });
  return app.run();
}
