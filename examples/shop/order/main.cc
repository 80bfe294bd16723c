// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-order`. One process uses its database: recovery takes every pending order that it is not placing
// itself for one that was left behind.
#include "examples/shop/order/order_routes.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  namespace http = skerry::http;

  skerry::Service app("order", argc, argv);
  auto config = app.config<shop::OrderConfig>({.group = "shop"});
  auto store = std::make_shared<shop::OrderStore>();
  app.on_start([&app, store] { return store->open(app.data_directory() / "order.db"); });

  const shop::Services services{.user = app.client<shop::UserService>(),
                                .inventory = app.client<shop::InventoryService>(),
                                .payment = app.client<shop::PaymentService>(),
                                .points = app.client<shop::PointsService>(),
                                .logistics = app.client<shop::LogisticsService>()};
  auto downstream = std::make_shared<shop::Downstream>(services, config);
  auto orders = std::make_shared<shop::Orders>(store, downstream, config);
  app.serve<shop::OrderService>(orders);
  app.post("/api/orders", [orders](http::Request request) { return shop::create_order(orders, std::move(request)); });
  app.get("/api/orders/{id}", [orders](http::Request request) { return shop::get_order(orders, std::move(request)); });
  app.post("/api/orders/{id}/cancel",
           [orders](http::Request request) { return shop::cancel_order(orders, std::move(request)); });
  app.background("recovery of unfinished orders", [orders] { return orders->recover(); });
  return app.run();
}
