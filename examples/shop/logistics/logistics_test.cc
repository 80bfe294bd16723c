// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/logistics/logistics.h"

#include <gtest/gtest.h>

#include "examples/shop/test_shop.h"

#include "skerry/async/timeout.h"
#include "skerry/grpc/local.h"
#include "skerry/http/http_error.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Result;
using skerry::Task;
namespace http = skerry::http;

struct OpenLogistics {
  std::shared_ptr<Logistics> logistics;
  /// Calls it as a remote caller would.
  std::shared_ptr<LogisticsService> client;
  skerry::Live<LogisticsConfig> config{LogisticsConfig()};
};

class LogisticsTest : public ShopTest {
 protected:
  Task<OpenLogistics> open_logistics() {
    auto store = std::make_shared<ShipmentStore>();
    co_await store->open(folder() / "logistics.db", data("addresses.jsonl"));
    OpenLogistics open;
    open.logistics = std::make_shared<Logistics>(store, open.config);
    open.client = skerry::grpc::local_client<LogisticsService>(open.logistics);
    co_return open;
  }
  static CreateShipmentRequest create_request(std::string order_id, std::string user_id) {
    CreateShipmentRequest request;
    request.set_order_id(std::move(order_id));
    request.set_user_id(std::move(user_id));
    return request;
  }
  static ShipmentRequest shipment_request(std::string order_id) {
    ShipmentRequest request;
    request.set_order_id(std::move(order_id));
    return request;
  }
  static Task<http::Response> post(const OpenLogistics& open, std::string body) {
    return open.logistics->post(http_request("POST", "/api/shipments", std::move(body)));
  }
};

TEST_F(LogisticsTest, a_shipment_goes_from_created_to_cancelled) {
  run([this]() -> Task<> {
    const OpenLogistics open = co_await open_logistics();
    const Shipment created = co_await open.client->CreateShipment(create_request("o1", "u1"));
    EXPECT_EQ(created.state(), SHIPMENT_STATE_CREATED);
    EXPECT_EQ(created.address().city(), "Porto");
    const Shipment found = co_await open.client->GetShipment(shipment_request("o1"));
    EXPECT_EQ(found.SerializeAsString(), created.SerializeAsString());
    const Shipment cancelled = co_await open.client->CancelShipment(shipment_request("o1"));
    EXPECT_EQ(cancelled.state(), SHIPMENT_STATE_CANCELLED);
    const Shipment never_sent = co_await open.client->CancelShipment(shipment_request("o2"));
    EXPECT_FALSE(never_sent.has_address());
  });
}

TEST_F(LogisticsTest, wrong_requests_name_the_field) {
  run([this]() -> Task<> {
    const OpenLogistics open = co_await open_logistics();
    const std::string no_order = co_await failure_of(open.client->CreateShipment(create_request("", "u1")));
    EXPECT_EQ(no_order, "INVALID_ARGUMENT: order_id: expected 1 to 128 bytes");
    const std::string no_user = co_await failure_of(open.client->CreateShipment(create_request("o1", "")));
    EXPECT_EQ(no_user, "INVALID_ARGUMENT: user_id: expected 1 to 128 bytes");
    const std::string nothing = co_await failure_of(open.client->CancelShipment(shipment_request("")));
    EXPECT_EQ(nothing, "INVALID_ARGUMENT: order_id: expected 1 to 128 bytes");
    const std::string unknown = co_await failure_of(open.client->GetShipment(shipment_request("o9")));
    EXPECT_EQ(unknown, "NOT_FOUND: order o9 has no shipment");
  });
}

TEST_F(LogisticsTest, shipments_are_made_and_shown_by_http) {
  run([this]() -> Task<> {
    const OpenLogistics open = co_await open_logistics();
    http::Response made = co_await post(open, R"({"order_id":"o1","user_id":"u1"})");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(made.headers.get("location"), "/api/shipments/o1");
    const std::string made_body = co_await body_of(std::move(made));
    EXPECT_EQ(made_body, R"({"order_id":"o1","user_id":"u1","status":"created","address":{"street":"Church Lane 23",)"
                         R"("postal_code":"4069-101","city":"Porto","country":"PT"}})");
    http::Response shown = co_await open.logistics->get(http_request("GET", "/", "", {{"order_id", "o1"}}));
    const std::string shown_body = co_await body_of(std::move(shown));
    EXPECT_EQ(shown_body, made_body);
    // Users from u576 on live where nothing is sent to.
    const Result<http::Response> far = co_await post(open, R"({"order_id":"o2","user_id":"u576"})").result();
    EXPECT_EQ(far ? 0 : http::status_of(far.error()), 409);
    const std::string missing = co_await failure_of(post(open, R"({"order_id":"o3"})"));
    EXPECT_EQ(missing.substr(0, 26), "INVALID_ARGUMENT: user_id:");
  });
}

TEST_F(LogisticsTest, a_change_of_the_served_countries_counts_from_the_next_shipment_on) {
  run([this]() -> Task<> {
    const OpenLogistics open = co_await open_logistics();
    open.config.set({.processing_time_ms = 0, .served_countries = {"DE"}});
    const std::string refused = co_await failure_of(open.client->CreateShipment(create_request("o1", "u1")));
    EXPECT_EQ(refused, "FAILED_PRECONDITION: the address of user u1 is not served: nothing is sent to PT");
    open.config.set({.processing_time_ms = 0, .served_countries = {"DE", "PT"}});
    co_await open.client->CreateShipment(create_request("o1", "u1"));
  });
}

TEST_F(LogisticsTest, the_processing_time_is_spent_before_the_shipment_is_made) {
  run([this]() -> Task<> {
    const OpenLogistics open = co_await open_logistics();
    open.config.set({.processing_time_ms = kMaxProcessingTimeMs});
    const Result<Shipment> given_up =
        co_await skerry::with_timeout(20ms, open.client->CreateShipment(create_request("o1", "u1"))).result();
    EXPECT_FALSE(given_up);
    const std::string none = co_await failure_of(open.client->GetShipment(shipment_request("o1")));
    EXPECT_EQ(none, "NOT_FOUND: order o1 has no shipment");
  });
}

TEST(LogisticsConfig, wrong_values_are_refused) {
  EXPECT_TRUE(skerry::parse_json<LogisticsConfig>(R"({"processing_time_ms":300,"served_countries":[]})"));
  EXPECT_FALSE(skerry::parse_json<LogisticsConfig>(R"({"processing_time_ms":-1})"));
  LogisticsConfig everywhere;
  everywhere.served_countries.assign(kMaxServedCountries + 1, "XX");
  EXPECT_FALSE(everywhere.validate());
}

}  // namespace
}  // namespace shop
