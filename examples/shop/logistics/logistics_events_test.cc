// SPDX-License-Identifier: Apache-2.0
//
// POST /api/shipments in the mode "events".
#include <gtest/gtest.h>

#include "examples/shop/logistics/logistics.h"
#include "examples/shop/logistics/logistics_commands.h"
#include "examples/shop/test_participant.h"

namespace shop {
namespace {

using skerry::Task;
namespace http = skerry::http;

constexpr const char* kAccepted = R"({"order_id":"o1","user_id":"u1","status":"accepted"})";

class LogisticsByEvents : public ParticipantTest {
 protected:
  Task<> open_logistics() {
    store_ = std::make_shared<ShipmentStore>();
    co_await store_->open(folder() / "logistics.db", data("addresses.jsonl"));
    participant_ = co_await make_participant(store_->database());
    handle_logistics_commands(*participant_, config_);
    co_await participant_->open(store_->database());
    logistics_ = std::make_shared<Logistics>(store_, config_, participant_);
  }
  Task<http::Response> post(std::string order_id, std::string user_id) {
    return logistics_->post(http_request("POST", "/api/shipments",
                                         fmt::format(R"({{"order_id":"{}","user_id":"{}"}})", order_id, user_id)));
  }
  Task<std::string> shown(std::string order_id) {
    http::Response response = co_await logistics_->get(http_request("GET", "/", "", {{"order_id", order_id}}));
    co_return co_await body_of(std::move(response));
  }
  /// What is shown once it is not accepted any more.
  Task<std::string> ended(std::string order_id) {
    std::string now;
    co_await eventually([&]() -> Task<bool> {
      now = co_await shown(order_id);
      co_return now.find(R"("status":"accepted")") == std::string::npos;
    });
    co_return now;
  }

  skerry::Live<LogisticsConfig> config_{LogisticsConfig{.mode = RequestMode::kEvents}};
  std::shared_ptr<ShipmentStore> store_;
  std::shared_ptr<Participant> participant_;
  std::shared_ptr<Logistics> logistics_;
};

TEST_F(LogisticsByEvents, a_request_is_accepted_at_once_and_shipped_soon_after) {
  run([this]() -> Task<> {
    co_await open_logistics();
    for (int i = 0; i < 2; ++i) {
      http::Response accepted = co_await post("o1", "u1");
      EXPECT_EQ(accepted.status, 201);
      EXPECT_EQ(accepted.headers.get("location"), "/api/shipments/o1");
      const std::string body = co_await body_of(std::move(accepted));
      EXPECT_EQ(body, kAccepted);
    }
    const std::string other = co_await failure_of(post("o1", "u2"));
    EXPECT_EQ(other, "ALREADY_EXISTS: another request was accepted for order o1");
    const std::string waiting = co_await shown("o1");
    EXPECT_EQ(waiting, kAccepted);
    co_await beside({running(participant_)}, [this]() -> Task<> {
      const std::string made = co_await ended("o1");
      EXPECT_EQ(made, R"({"order_id":"o1","user_id":"u1","status":"created","address":{"street":"Church Lane 23",)"
                      R"("postal_code":"4069-101","city":"Porto","country":"PT"}})");
    });
    http::Response again = co_await post("o1", "u1");
    const std::string body = co_await body_of(std::move(again));
    EXPECT_EQ(body, kAccepted);
  });
}

TEST_F(LogisticsByEvents, a_refused_shipment_can_be_read_with_its_reason) {
  run([this]() -> Task<> {
    config_.set({.mode = RequestMode::kEvents, .served_countries = {"DE"}});
    co_await open_logistics();
    http::Response accepted = co_await post("o1", "u1");
    EXPECT_EQ(accepted.status, 201);
    co_await beside({running(participant_)}, [this]() -> Task<> {
      const std::string refused = co_await ended("o1");
      EXPECT_EQ(refused, R"({"order_id":"o1","user_id":"u1","status":"refused","reason":"ADDRESS_NOT_SERVED",)"
                         R"("message":"the address of user u1 is not served: nothing is sent to PT"})");
    });
  });
}

TEST_F(LogisticsByEvents, a_shipment_that_is_cancelled_before_it_is_made_is_never_sent) {
  run([this]() -> Task<> {
    co_await open_logistics();
    co_await post("o1", "u1");
    ShipmentRequest cancelled;
    cancelled.set_order_id("o1");
    co_await logistics_->CancelShipment(cancelled);
    co_await beside({running(participant_)}, [this]() -> Task<> {
      std::optional<AcceptedRequest<ShipOrder>> request;
      co_await eventually([&]() -> Task<bool> {
        request = co_await find_request<ShipOrder>(store_->database(), "o1");
        co_return request && request->reason;
      });
      EXPECT_EQ(request->reason, "ABORTED");
    });
    const std::string shown_as = co_await shown("o1");
    EXPECT_NE(shown_as.find(R"("status":"cancelled")"), std::string::npos) << shown_as;
    const std::string late = co_await failure_of(post("o1", "u1"));
    EXPECT_EQ(late, "ABORTED: the shipment of order o1 was cancelled");
  });
}

TEST_F(LogisticsByEvents, the_mode_is_switched_live) {
  run([this]() -> Task<> {
    co_await open_logistics();
    config_.set({.mode = RequestMode::kSync});
    http::Response made = co_await post("o1", "u1");
    const std::string body = co_await body_of(std::move(made));
    EXPECT_NE(body.find(R"("status":"created")"), std::string::npos) << body;
    config_.set({.mode = RequestMode::kEvents});
    http::Response accepted = co_await post("o2", "u1");
    const std::string later = co_await body_of(std::move(accepted));
    EXPECT_EQ(later, R"({"order_id":"o2","user_id":"u1","status":"accepted"})");
  });
}

}  // namespace
}  // namespace shop
