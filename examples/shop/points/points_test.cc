// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/points/points.h"

#include <gtest/gtest.h>

#include "examples/shop/test_shop.h"

#include "skerry/async/timeout.h"
#include "skerry/grpc/local.h"

namespace shop {
namespace {

using namespace std::chrono_literals;
using skerry::Result;
using skerry::Task;
namespace http = skerry::http;

struct OpenPoints {
  std::shared_ptr<Points> points;
  /// Calls it as a remote caller would.
  std::shared_ptr<PointsService> client;
  skerry::Live<PointsConfig> config{PointsConfig()};
};

class PointsTest : public ShopTest {
 protected:
  Task<OpenPoints> open_points() {
    auto store = std::make_shared<PointsStore>();
    co_await store->open(folder() / "points.db");
    OpenPoints open;
    open.points = std::make_shared<Points>(store, open.config);
    open.client = skerry::grpc::local_client<PointsService>(open.points);
    co_return open;
  }
  static GrantRequest grant_request(std::string order_id, std::string user_id, std::int64_t amount_cents) {
    GrantRequest request;
    request.set_order_id(std::move(order_id));
    request.set_user_id(std::move(user_id));
    request.set_amount_cents(amount_cents);
    return request;
  }
  static RevokeRequest revoke_request(std::string order_id) {
    RevokeRequest request;
    request.set_order_id(std::move(order_id));
    return request;
  }
  static Task<std::int64_t> balance(OpenPoints open, std::string user_id) {
    BalanceRequest request;
    request.set_user_id(std::move(user_id));
    const PointsBalance balance = co_await open.client->GetBalance(request);
    co_return balance.points();
  }
  static Task<http::Response> post(const OpenPoints& open, std::string body) {
    return open.points->post(http_request("POST", "/api/points", std::move(body)));
  }
};

TEST_F(PointsTest, points_go_from_granted_to_revoked) {
  run([this]() -> Task<> {
    const OpenPoints open = co_await open_points();
    const PointsGrant granted = co_await open.client->Grant(grant_request("o1", "u1", 1390));
    EXPECT_EQ(granted.state(), GRANT_STATE_GRANTED);
    EXPECT_EQ(granted.points(), 13);
    const std::int64_t between = co_await balance(open, "u1");
    EXPECT_EQ(between, 13);
    const PointsGrant revoked = co_await open.client->Revoke(revoke_request("o1"));
    EXPECT_EQ(revoked.state(), GRANT_STATE_REVOKED);
    const std::int64_t after = co_await balance(open, "u1");
    EXPECT_EQ(after, 0);
  });
}

TEST_F(PointsTest, wrong_requests_name_the_field) {
  run([this]() -> Task<> {
    const OpenPoints open = co_await open_points();
    const std::string no_order = co_await failure_of(open.client->Grant(grant_request("", "u1", 1)));
    EXPECT_EQ(no_order, "INVALID_ARGUMENT: order_id: expected 1 to 128 bytes");
    const std::string no_user = co_await failure_of(open.client->Grant(grant_request("o1", "", 1)));
    EXPECT_EQ(no_user, "INVALID_ARGUMENT: user_id: expected 1 to 128 bytes");
    const std::string negative = co_await failure_of(open.client->Grant(grant_request("o1", "u1", -1)));
    EXPECT_EQ(negative, "INVALID_ARGUMENT: amount_cents: expected 0 to 1000000000000000");
    const std::string no_revocation = co_await failure_of(open.client->Revoke(revoke_request("")));
    EXPECT_EQ(no_revocation, "INVALID_ARGUMENT: order_id: expected 1 to 128 bytes");
  });
}

TEST_F(PointsTest, points_are_granted_and_shown_by_http) {
  run([this]() -> Task<> {
    const OpenPoints open = co_await open_points();
    for (int i = 0; i < 2; ++i) {
      http::Response granted = co_await post(open, R"({"order_id":"o1","user_id":"u1","amount_cents":1390})");
      EXPECT_EQ(granted.status, 201);
      const std::string body = co_await body_of(std::move(granted));
      EXPECT_EQ(body, R"({"order_id":"o1","user_id":"u1","points":13,"status":"granted"})");
    }
    http::Response odd = co_await post(open, R"({"order_id":"a/b c","user_id":"u2","amount_cents":100})");
    EXPECT_EQ(odd.headers.get("location"), "/api/points/orders/a%2Fb%20c");
    http::Response shown = co_await open.points->get_balance(http_request("GET", "/", "", {{"user_id", "u1"}}));
    const std::string body = co_await body_of(std::move(shown));
    EXPECT_EQ(body, R"({"user_id":"u1","points":13})");
    const std::string missing = co_await failure_of(post(open, R"({"order_id":"o2","user_id":"u1"})"));
    EXPECT_EQ(missing.substr(0, 31), "INVALID_ARGUMENT: amount_cents:");
  });
}

TEST_F(PointsTest, the_processing_time_is_spent_before_the_balance_is_touched) {
  run([this]() -> Task<> {
    const OpenPoints open = co_await open_points();
    open.config.set({.processing_time_ms = kMaxProcessingTimeMs});
    const Result<PointsGrant> given_up =
        co_await skerry::with_timeout(20ms, open.client->Grant(grant_request("o1", "u1", 100))).result();
    EXPECT_FALSE(given_up);
    const std::int64_t points = co_await balance(open, "u1");
    EXPECT_EQ(points, 0);
  });
}

}  // namespace
}  // namespace shop
