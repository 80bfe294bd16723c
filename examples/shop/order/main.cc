// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-order`. While orders are made by calls, one process uses the database: recovery takes every pending
// order that it is not placing itself for one that was left behind. With orders on events, several may.
#include "examples/shop/order/order_routes.h"

#include "skerry/saga/admin.h"
#include "skerry/service/service.h"

int main(int argc, char** argv) {
  using skerry::Task;
  namespace http = skerry::http;

  skerry::Service app("order", argc, argv);
  auto config = app.config<shop::OrderConfig>({.group = "shop"});
  auto store = std::make_shared<shop::OrderStore>();
  auto events = std::make_shared<shop::ServiceEvents>(app.name());
  auto events_flow = std::make_shared<shop::EventsFlow>(store, events);
  app.on_start([&app, store, events, events_flow]() -> Task<> {
    co_await store->open(app.data_directory() / "order.db");
    co_await events->open(store->database(), app.kafka());
    co_await events_flow->open();
    co_await skerry::saga::add_admin_routes(app.admin_routes(), events_flow->sagas());
  });

  const shop::Services services{.user = app.client<shop::UserService>(),
                                .inventory = app.client<shop::InventoryService>(),
                                .payment = app.client<shop::PaymentService>(),
                                .points = app.client<shop::PointsService>(),
                                .logistics = app.client<shop::LogisticsService>()};
  auto downstream = std::make_shared<shop::Downstream>(services, config);
  auto orders = std::make_shared<shop::Orders>(store, downstream, events_flow, config);
  app.serve<shop::OrderService>(orders);
  app.post("/api/orders", [orders](http::Request request) { return shop::create_order(orders, std::move(request)); });
  app.get("/api/orders/{id}", [orders](http::Request request) { return shop::get_order(orders, std::move(request)); });
  app.post("/api/orders/{id}/cancel",
           [orders](http::Request request) { return shop::cancel_order(orders, std::move(request)); });
  app.background("events", [events] { return events->run(); });
  app.background("sagas", [events_flow] { return events_flow->run(); });
  app.background("recovery of unfinished orders", [orders] { return orders->recover(); });
  return app.run();
}
