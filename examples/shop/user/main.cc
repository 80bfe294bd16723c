// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-user`.
#include "examples/shop/seed.h"
#include "examples/shop/user/users.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  using skerry::Task;
  namespace http = skerry::http;

  skerry::Service app("user", argc, argv);
  auto config = app.config<shop::ServiceConfig>({.group = "shop"});
  auto store = std::make_shared<shop::UserStore>();
  app.on_start(
      [&app, store] { return store->open(app.data_directory() / "user.db", shop::data_folder() / "users.jsonl"); });

  auto users = std::make_shared<shop::Users>(store, config);
  app.serve<shop::UserService>(users);
  app.get("/api/users/{id}", [users](http::Request request) { return users->get(std::move(request)); });
  return app.run();
}
