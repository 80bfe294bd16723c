// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/order_routes.h"

#include <gtest/gtest.h>

#include "examples/shop/order/test_orders.h"

#include "skerry/http/http_error.h"

namespace shop {
namespace {

using skerry::Task;
namespace http = skerry::http;

class OrderRoutesTest : public OrdersFixture {};

const char* const kOrderBody = R"({"user_id":"u1","items":[{"sku":"SKU-0001","quantity":2}]})";

http::Request order_post(std::string body, const char* idempotency_key = nullptr) {
  http::Request request = http_request("POST", "/api/orders", std::move(body));
  if (idempotency_key != nullptr) request.headers.add_validated("idempotency-key", idempotency_key);
  return request;
}

http::Request with_order_id(std::string order_id) {
  return http_request("GET", "/", "", {{"id", std::move(order_id)}});
}

// The HTTP status that a failed request is answered with.
Task<int> status_of_failure(Task<http::Response> task) {
  skerry::Result<http::Response> response = co_await task.result();
  co_return response ? response->status : http::status_of(response.error());
}

TEST_F(OrderRoutesTest, a_created_order_is_201_with_its_location) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    http::Response response = co_await create_order(shop.orders, order_post(kOrderBody));
    EXPECT_EQ(response.status, 201);
    const std::string location(response.headers.get("location").value_or(""));
    EXPECT_TRUE(location.starts_with("/api/orders/")) << location;
    const std::string order_id = location.substr(std::string("/api/orders/").size());
    const std::string body = co_await body_of(std::move(response));
    const std::string expected =
        R"({"order_id":")" + order_id +
        R"(","user_id":"u1","status":"completed","total_cents":1390,"items":[{"sku":"SKU-0001",)"
        R"("name":"Northsound Kyoto Dark Chocolate 70 %","quantity":2,"price_cents":695}],)"
        R"("created_at":"20)";
    EXPECT_EQ(body.substr(0, expected.size()), expected);
    http::Response found = co_await get_order(shop.orders, with_order_id(order_id));
    EXPECT_EQ(found.status, 200);
    const std::string found_body = co_await body_of(std::move(found));
    EXPECT_EQ(found_body, body);
  });
}

TEST_F(OrderRoutesTest, the_time_of_an_order_is_in_utc_with_milliseconds) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    StoredOrder order{.order_id = "o1", .user_id = "u1", .reason = "", .items = {}};
    order.created_at = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(1'700'000'000'007));
    co_await shop.store->insert_pending(order, "", "");
    http::Response found = co_await get_order(shop.orders, with_order_id("o1"));
    const std::string body = co_await body_of(std::move(found));
    EXPECT_EQ(body, R"({"order_id":"o1","user_id":"u1","status":"pending","total_cents":0,"items":[],)"
                    R"("created_at":"2023-11-14T22:13:20.007Z"})");
  });
}

TEST_F(OrderRoutesTest, cancelling_twice_is_200_twice) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    const StoredOrder placed = co_await shop.orders->create(new_order("u1", {{"SKU-0001", 1}}), "");
    for (int i = 0; i < 2; ++i) {
      http::Response response = co_await cancel_order(shop.orders, with_order_id(placed.order_id));
      EXPECT_EQ(response.status, 200);
      const std::string body = co_await body_of(std::move(response));
      EXPECT_NE(body.find(R"("status":"cancelled")"), std::string::npos) << body;
      EXPECT_NE(body.find(R"("reason":"cancelled on request")"), std::string::npos) << body;
    }
  });
}

TEST_F(OrderRoutesTest, the_header_makes_a_repeated_request_the_same_order) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    http::Response first = co_await create_order(shop.orders, order_post(kOrderBody, "k1"));
    http::Response second = co_await create_order(shop.orders, order_post(kOrderBody, "k1"));
    EXPECT_EQ(second.status, 201);
    EXPECT_EQ(second.headers.get("location"), first.headers.get("location"));
    const std::string other = R"({"user_id":"u2","items":[{"sku":"SKU-0001","quantity":2}]})";
    const int status = co_await status_of_failure(create_order(shop.orders, order_post(other, "k1")));
    EXPECT_EQ(status, 409);
  });
}

TEST_F(OrderRoutesTest, each_fault_has_its_status) {
  run([this]() -> Task<> {
    const TestShop shop = co_await open_shop();
    auto status = [&shop](std::string body) {
      return status_of_failure(create_order(shop.orders, order_post(std::move(body))));
    };
    const int malformed = co_await status("{");
    EXPECT_EQ(malformed, 400);
    const int missing = co_await status(R"({"user_id":"u1"})");
    EXPECT_EQ(missing, 400);
    const int zero = co_await status(R"({"user_id":"u1","items":[{"sku":"SKU-0001","quantity":0}]})");
    EXPECT_EQ(zero, 400);
    const int no_user = co_await status(R"({"user_id":"nobody","items":[{"sku":"SKU-0001","quantity":1}]})");
    EXPECT_EQ(no_user, 404);
    const int no_product = co_await status(R"({"user_id":"u1","items":[{"sku":"pear","quantity":1}]})");
    EXPECT_EQ(no_product, 404);
    const int no_stock = co_await status(R"({"user_id":"u1","items":[{"sku":"SKU-0001","quantity":100000}]})");
    EXPECT_EQ(no_stock, 409);
    const int no_money = co_await status(R"({"user_id":"u551","items":[{"sku":"SKU-0001","quantity":1}]})");
    EXPECT_EQ(no_money, 409);
    const int too_far = co_await status(R"({"user_id":"u576","items":[{"sku":"SKU-0001","quantity":1}]})");
    EXPECT_EQ(too_far, 409);
    const int too_large = co_await status(std::string(kMaxOrderBytes + 1, ' '));
    EXPECT_EQ(too_large, 413);
    const int no_order = co_await status_of_failure(get_order(shop.orders, with_order_id("nothing")));
    EXPECT_EQ(no_order, 404);
    const int no_order_to_cancel = co_await status_of_failure(cancel_order(shop.orders, with_order_id("nothing")));
    EXPECT_EQ(no_order_to_cancel, 404);
    shop.inventory->reserve.fault = Fault::kUnreachable;
    const int unreachable = co_await status(kOrderBody);
    EXPECT_EQ(unreachable, 503);
    shop.config.set({.downstream_timeout_ms = 50});
    shop.inventory->reserve.fault = Fault::kHang;
    const int hanging = co_await status(kOrderBody);
    EXPECT_EQ(hanging, 504);
  });
}

}  // namespace
}  // namespace shop
