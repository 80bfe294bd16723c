// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/product_changes.h"

#include <fstream>

#include "events.pb.h"
#include "examples/shop/test_events.h"

namespace shop {
namespace {

using skerry::Task;
using skerry::kafka::testing::Cluster;
namespace http = skerry::http;

struct OpenProducts {
  std::shared_ptr<InventoryStore> store;
  std::shared_ptr<ServiceEvents> events;
  std::shared_ptr<ProductChanges> changes;
};

class ProductChangesTest : public ShopTest {
 protected:
  /// As an instance does. Without brokers what is published stays in the database.
  Task<OpenProducts> open_products(std::string brokers = "", std::string topic = Topics().products) {
    std::ofstream(folder() / "products.jsonl") << R"({"sku":"pear","name":"Pear","price_cents":30,"stock":7})" << "\n"
                                               << R"({"sku":"plum","name":"Plum","price_cents":40,"stock":8})" << "\n";
    OpenProducts products{.store = std::make_shared<InventoryStore>(),
                          .events = std::make_shared<ServiceEvents>("inventory")};
    products.changes = std::make_shared<ProductChanges>(products.store, products.events, std::move(topic));
    co_await products.store->open(folder() / "inventory.db", folder() / "products.jsonl");
    co_await products.events->open(products.store->database(), std::move(brokers));
    co_await products.changes->publish_all();
    co_return products;
  }
  static Task<std::int64_t> waiting(OpenProducts products) {
    const skerry::events::OutboxBacklog backlog = co_await products.events->outbox().backlog();
    co_return backlog.events;
  }
  static http::Request put(std::string sku, std::string body) {
    return http_request("PUT", "/", std::move(body), {{"sku", std::move(sku)}});
  }
};

std::string product_text(const ProductChanged& product, const skerry::events::EventContext& context) {
  return fmt::format("{} {} {} {}", product.sku(), product.name(), product.price_cents(),
                     context.event().sequence.value_or(0));
}

TEST_F(ProductChangesTest, two_instances_publish_every_product_once) {
  run([this]() -> Task<> {
    const OpenProducts first = co_await open_products();
    const OpenProducts second = co_await open_products();
    const std::int64_t events = co_await waiting(second);
    EXPECT_EQ(events, 2);
  });
}

TEST_F(ProductChangesTest, subscribers_hear_of_the_products_and_then_of_each_change_with_its_version) {
  run([this]() -> Task<> {
    Cluster cluster;
    const std::string topic = cluster.new_topic("products", 1);
    const OpenProducts products = co_await open_products(cluster.brokers(), topic);
    Listener listener;
    co_await listener.open(cluster.brokers());
    listener.hear<ProductChanged>(topic, product_text);
    const std::function<Task<>()> relay = [&products] { return products.events->run(); };
    const std::function<Task<>()> listen = [&listener] { return listener.run(); };
    co_await beside({relay, listen}, [&]() -> Task<> {
      co_await products.changes->change("pear", {.name = std::nullopt, .price_cents = 35});
      co_await products.changes->change("pear", {.name = "Conference", .price_cents = 36});
      co_await listener.until_heard(4);
      std::vector<std::string> heard = listener.heard();
      std::ranges::sort(heard);
      EXPECT_EQ(heard, (std::vector<std::string>{"pear Conference 36 3", "pear Pear 30 1", "pear Pear 35 2",
                                                 "plum Plum 40 1"}));
    });
  });
}

TEST_F(ProductChangesTest, a_put_answers_with_the_product_and_leaves_its_stock_alone) {
  run([this]() -> Task<> {
    const OpenProducts products = co_await open_products();
    http::Response response = co_await put_product(products.changes, put("plum", R"({"price_cents":41})"));
    EXPECT_EQ(response.status, 200);
    const std::string body = co_await body_of(std::move(response));
    EXPECT_EQ(body, R"({"sku":"plum","name":"Plum","price_cents":41,"stock":8})");
  });
}

TEST_F(ProductChangesTest, what_cannot_be_is_refused_and_publishes_nothing) {
  run([this]() -> Task<> {
    const OpenProducts products = co_await open_products();
    auto failure = [&products](const char* sku, std::string body) {
      return failure_of(put_product(products.changes, put(sku, std::move(body))));
    };
    const std::string unknown = co_await failure("quince", R"({"price_cents":1})");
    EXPECT_EQ(unknown, "NOT_FOUND: no product quince");
    const std::string negative = co_await failure("pear", R"({"price_cents":-1})");
    EXPECT_EQ(negative, "INVALID_ARGUMENT: price_cents: expected 0 to 1000000000");
    const std::string nameless = co_await failure("pear", R"({"name":"","price_cents":1})");
    EXPECT_EQ(nameless, "INVALID_ARGUMENT: name: expected 1 to 500 bytes");
    const std::string priceless = co_await failure("pear", R"({"name":"Pear"})");
    EXPECT_TRUE(priceless.starts_with("INVALID_ARGUMENT: price_cents")) << priceless;
    const std::int64_t events = co_await waiting(products);
    EXPECT_EQ(events, 2);
  });
}

}  // namespace
}  // namespace shop
