// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-user`.
#include "examples/shop/seed.h"
#include "examples/shop/user/user_changes.h"
#include "examples/shop/user/users.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  using skerry::Task;
  namespace http = skerry::http;

  skerry::Service app("user", argc, argv);
  auto config = app.config<shop::ServiceConfig>({.group = "shop"});
  auto store = std::make_shared<shop::UserStore>();
  auto events = std::make_shared<shop::ServiceEvents>(app.name());
  auto changes = std::make_shared<shop::UserChanges>(store, events);
  app.on_start([&app, store, events, changes]() -> Task<> {
    co_await store->open(app.data_directory() / "user.db", shop::data_folder() / "users.jsonl");
    co_await events->open(store->database(), app.kafka());
    co_await changes->publish_all();
  });

  auto users = std::make_shared<shop::Users>(store, config);
  app.serve<shop::UserService>(users);
  app.get("/api/users/{id}", [users](http::Request request) { return users->get(std::move(request)); });
  app.put("/api/users/{id}", [changes](http::Request request) { return shop::put_user(changes, std::move(request)); });
  app.background("events", [events] { return events->run(); });
  return app.run();
}
