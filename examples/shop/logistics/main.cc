// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-logistics`.
#include "examples/shop/logistics/logistics.h"
#include "examples/shop/logistics/logistics_commands.h"
#include "examples/shop/seed.h"
#include "examples/shop/take_part.h"
#include "examples/shop/topic_names.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  namespace http = skerry::http;

  skerry::Service app("logistics", argc, argv);
  auto config = app.config<shop::LogisticsConfig>({.group = "shop"});
  auto store = std::make_shared<shop::ShipmentStore>();
  app.on_start([&app, store] {
    return store->open(app.data_directory() / "logistics.db", shop::data_folder() / "addresses.jsonl");
  });
  const shop::Topics topics;
  auto events = std::make_shared<shop::ServiceEvents>(app.name());
  auto participant =
      shop::take_part(app, store, events, {.commands = topics.logistics_commands, .answers = topics.logistics});
  shop::handle_logistics_commands(*participant, config);

  auto logistics = std::make_shared<shop::Logistics>(store, config, participant);
  app.serve<shop::LogisticsService>(logistics);
  app.post("/api/shipments", [logistics](http::Request request) { return logistics->post(std::move(request)); });
  app.get("/api/shipments/{order_id}",
          [logistics](http::Request request) { return logistics->get(std::move(request)); });
  return app.run();
}
