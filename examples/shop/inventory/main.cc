// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-inventory`. Instances that are given the same data directory share one database.
#include "examples/shop/inventory/inventory_routes.h"
#include "examples/shop/seed.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  namespace http = skerry::http;

  skerry::Service app("inventory", argc, argv);
  auto config = app.config<shop::ServiceConfig>({.group = "shop"});
  auto store = std::make_shared<shop::InventoryStore>();
  app.on_start([&app, store] {
    return store->open(app.data_directory() / "inventory.db", shop::data_folder() / "products.jsonl");
  });

  auto inventory = std::make_shared<shop::Inventory>(store, std::chrono::system_clock::now, config);
  app.serve<shop::InventoryService>(inventory);
  app.get("/api/inventory/{sku}",
          [inventory](http::Request request) { return shop::get_product(inventory, std::move(request)); });
  app.get("/api/products",
          [inventory](http::Request request) { return shop::list_products(inventory, std::move(request)); });
  app.background("sweep of expired reservations", [inventory] { return inventory->sweep_expired(); });
  return app.run();
}
