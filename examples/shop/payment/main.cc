// SPDX-License-Identifier: Apache-2.0
//
// The program `shop-payment`.
#include "examples/shop/payment/payment_commands.h"
#include "examples/shop/payment/payments.h"
#include "examples/shop/seed.h"
#include "examples/shop/take_part.h"
#include "examples/shop/topic_names.h"

#include "skerry/service/service.h"

int main(int argc, char** argv) {
  namespace http = skerry::http;

  skerry::Service app("payment", argc, argv);
  auto config = app.config<shop::ServiceConfig>({.group = "shop"});
  auto store = std::make_shared<shop::PaymentStore>();
  app.on_start([&app, store] {
    return store->open(app.data_directory() / "payment.db", shop::data_folder() / "accounts.jsonl");
  });
  const shop::Topics topics;
  auto events = std::make_shared<shop::ServiceEvents>(app.name());
  auto participant =
      shop::take_part(app, store, events, {.commands = topics.payment_commands, .answers = topics.payment});
  shop::handle_payment_commands(*participant, config);

  auto payments = std::make_shared<shop::Payments>(store, config);
  app.serve<shop::PaymentService>(payments);
  app.get("/api/payments/{order_id}",
          [payments](http::Request request) { return payments->get_payment(std::move(request)); });
  app.get("/api/accounts/{user_id}",
          [payments](http::Request request) { return payments->get_account(std::move(request)); });
  return app.run();
}
