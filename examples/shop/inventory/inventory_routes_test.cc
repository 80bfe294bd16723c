// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/inventory/inventory_routes.h"

#include <gtest/gtest.h>

#include "examples/shop/test_shop.h"

namespace shop {
namespace {

using skerry::Task;
namespace http = skerry::http;

class InventoryRoutesTest : public ShopTest {
 protected:
  Task<std::shared_ptr<Inventory>> open_for_routes() {
    auto store = std::make_shared<InventoryStore>();
    co_await store->open(folder() / "inventory.db", data("products.jsonl"));
    co_return std::make_shared<Inventory>(store);
  }
};

TEST_F(InventoryRoutesTest, a_product_is_its_four_fields) {
  run([this]() -> Task<> {
    auto inventory = co_await open_for_routes();
    http::Response response = co_await get_product(inventory, http_request("GET", "/", "", {{"sku", "SKU-0003"}}));
    EXPECT_EQ(response.status, 200);
    const std::string body = co_await body_of(std::move(response));
    EXPECT_EQ(body, R"({"sku":"SKU-0003","name":"Kestrel Olive Wood Fruit Bowl","price_cents":3050,"stock":73})");
    const std::string unknown =
        co_await failure_of(get_product(inventory, http_request("GET", "/", "", {{"sku", "pear"}})));
    EXPECT_EQ(unknown, "NOT_FOUND: no product pear");
  });
}

TEST_F(InventoryRoutesTest, a_list_says_where_the_next_page_begins) {
  run([this]() -> Task<> {
    auto inventory = co_await open_for_routes();
    http::Response first = co_await list_products(inventory, http_request("GET", "/api/products?limit=2"));
    const std::string first_page = co_await body_of(std::move(first));
    EXPECT_TRUE(first_page.starts_with(R"({"products":[{"sku":"SKU-0001",)")) << first_page;
    EXPECT_TRUE(first_page.ends_with(R"("stock":148}],"next":"SKU-0002"})")) << first_page;
    http::Response next =
        co_await list_products(inventory, http_request("GET", "/api/products?limit=2&after=SKU-0002"));
    const std::string next_page = co_await body_of(std::move(next));
    EXPECT_TRUE(next_page.starts_with(R"({"products":[{"sku":"SKU-0003",)")) << next_page;
    http::Response last = co_await list_products(inventory, http_request("GET", "/api/products?after=SKU-9999"));
    const std::string last_page = co_await body_of(std::move(last));
    EXPECT_EQ(last_page, R"({"products":[],"next":""})");
  });
}

TEST_F(InventoryRoutesTest, a_limit_that_is_no_positive_number_is_refused) {
  run([this]() -> Task<> {
    auto inventory = co_await open_for_routes();
    for (const std::string limit : {"0", "-1", "ten", "5x", "", "1e2", "-99999999999999"}) {
      const std::string failure =
          co_await failure_of(list_products(inventory, http_request("GET", "/api/products?limit=" + limit)));
      EXPECT_EQ(failure, "INVALID_ARGUMENT: limit: expected a number from 1 to 200") << limit;
    }
    http::Response large = co_await list_products(inventory, http_request("GET", "/?limit=99999999999999"));
    EXPECT_EQ(large.status, 200);
  });
}

}  // namespace
}  // namespace shop
