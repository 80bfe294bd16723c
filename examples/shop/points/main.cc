// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-points`.
#include "examples/shop/points/points.h"
#include "examples/shop/points/points_commands.h"
#include "examples/shop/take_part.h"
#include "examples/shop/topic_names.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  namespace http = skerry::http;

  skerry::Service app("points", argc, argv);
  auto config = app.config<shop::PointsConfig>({.group = "shop"});
  auto store = std::make_shared<shop::PointsStore>();
  app.on_start([&app, store] { return store->open(app.data_directory() / "points.db"); });
  const shop::Topics topics;
  auto events = std::make_shared<shop::ServiceEvents>(app.name());
  auto participant =
      shop::take_part(app, store, events, {.commands = topics.points_commands, .answers = topics.points});
  shop::handle_points_commands(*participant, config);

  auto points = std::make_shared<shop::Points>(store, config, participant);
  app.serve<shop::PointsService>(points);
  app.post("/api/points", [points](http::Request request) { return points->post(std::move(request)); });
  app.get("/api/points/orders/{order_id}",
          [points](http::Request request) { return points->get_grant(std::move(request)); });
  app.get("/api/points/{user_id}", [points](http::Request request) { return points->get_balance(std::move(request)); });
  return app.run();
}
