// SPDX-License-Identifier: Apache-2.0
//
// POST /api/points in the mode "events".
#include <gtest/gtest.h>

#include "examples/shop/points/points.h"
#include "examples/shop/points/points_commands.h"
#include "examples/shop/test_participant.h"

namespace shop {
namespace {

using skerry::Task;
namespace http = skerry::http;

constexpr const char* kRequest = R"({"order_id":"o1","user_id":"u1","amount_cents":1390})";
constexpr const char* kAccepted = R"({"order_id":"o1","user_id":"u1","points":13,"status":"accepted"})";
constexpr const char* kGranted = R"({"order_id":"o1","user_id":"u1","points":13,"status":"granted"})";

class PointsByEvents : public ParticipantTest {
 protected:
  Task<> open_points() {
    store_ = std::make_shared<PointsStore>();
    co_await store_->open(folder() / "points.db");
    participant_ = co_await make_participant(store_->database());
    handle_points_commands(*participant_, config_);
    co_await participant_->open(store_->database());
    points_ = std::make_shared<Points>(store_, config_, participant_);
  }
  Task<http::Response> post(std::string body) {
    return points_->post(http_request("POST", "/api/points", std::move(body)));
  }
  Task<std::string> posted(std::string body) {
    http::Response response = co_await post(std::move(body));
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.headers.get("location"), "/api/points/orders/o1");
    co_return co_await body_of(std::move(response));
  }
  Task<std::string> shown() {
    http::Response response = co_await points_->get_grant(http_request("GET", "/", "", {{"order_id", "o1"}}));
    co_return co_await body_of(std::move(response));
  }
  Task<> until_shown(std::string body) {
    co_await eventually([&]() -> Task<bool> {
      const std::string now = co_await shown();
      co_return now == body;
    });
  }

  Task<> until_relayed() {
    co_await eventually([this]() -> Task<bool> {  // tidy: allow(capture) kept by eventually
      const std::int64_t events = co_await waiting_events();
      co_return events == 0;
    });
  }

  skerry::Live<PointsConfig> config_{PointsConfig{.mode = RequestMode::kEvents}};
  std::shared_ptr<PointsStore> store_;
  std::shared_ptr<Participant> participant_;
  std::shared_ptr<Points> points_;
};

TEST_F(PointsByEvents, a_request_is_accepted_at_once_and_granted_by_the_services_own_command) {
  run([this]() -> Task<> {
    co_await open_points();
    const std::string answer = co_await posted(kRequest);
    EXPECT_EQ(answer, kAccepted);
    const std::string waiting = co_await shown();
    EXPECT_EQ(waiting, kAccepted);
    co_await beside({running(participant_)}, [this] { return until_shown(kGranted); });
    const std::int64_t balance = co_await store_->balance("u1");
    EXPECT_EQ(balance, 13);
    // Afterwards as before: the same answer to the same request, and no more points.
    const std::string again = co_await posted(kRequest);
    EXPECT_EQ(again, kAccepted);
    const std::int64_t events = co_await waiting_events();
    EXPECT_EQ(events, 0);
  });
}

TEST_F(PointsByEvents, a_repeated_request_has_the_same_answer_and_another_one_for_the_order_is_a_conflict) {
  run([this]() -> Task<> {
    co_await open_points();
    for (int i = 0; i < 2; ++i) {
      const std::string answer = co_await posted(kRequest);
      EXPECT_EQ(answer, kAccepted);
    }
    const std::int64_t waiting = co_await waiting_events();
    EXPECT_EQ(waiting, 1);
    for (const RequestMode mode : {RequestMode::kEvents, RequestMode::kSync}) {
      config_.set({.mode = mode});
      const std::string other = co_await failure_of(post(R"({"order_id":"o1","user_id":"u2","amount_cents":1390})"));
      EXPECT_EQ(other, "ALREADY_EXISTS: another request was accepted for order o1");
    }
  });
}

TEST_F(PointsByEvents, what_was_granted_by_a_call_is_not_granted_again) {
  run([this]() -> Task<> {
    co_await open_points();
    config_.set({.mode = RequestMode::kSync});
    const std::string granted = co_await posted(kRequest);
    EXPECT_EQ(granted, kGranted);
    config_.set({.mode = RequestMode::kEvents});
    const std::string less = co_await failure_of(post(R"({"order_id":"o1","user_id":"u1","amount_cents":1})"));
    EXPECT_EQ(less, "ALREADY_EXISTS: the points of order o1 were granted for another user or amount");
    const std::string accepted = co_await posted(kRequest);
    EXPECT_EQ(accepted, kAccepted);
    co_await beside({running(participant_)}, [this] { return until_relayed(); });
    const std::int64_t balance = co_await store_->balance("u1");
    EXPECT_EQ(balance, 13);
  });
}

TEST_F(PointsByEvents, a_wrong_request_and_an_unknown_order_are_said_at_once) {
  run([this]() -> Task<> {
    co_await open_points();
    const std::string negative = co_await failure_of(post(R"({"order_id":"o1","user_id":"u1","amount_cents":-1})"));
    EXPECT_EQ(negative, "INVALID_ARGUMENT: amount_cents: expected 0 to 1000000000000000");
    const std::string unknown = co_await failure_of(shown());
    EXPECT_EQ(unknown, "NOT_FOUND: order o1 has no points");
  });
}

TEST_F(PointsByEvents, without_a_broker_it_is_refused_and_says_what_to_set) {
  run([this]() -> Task<> {
    auto store = std::make_shared<PointsStore>();
    co_await store->open(folder() / "points.db");
    Points alone(store, config_);
    const std::string refused =
        co_await failure_of(alone.post(http_request("POST", "/api/points", std::string(kRequest))));
    EXPECT_EQ(refused,
              "UNAVAILABLE: points has no event broker, which the mode \"events\" needs: start it with "
              "--kafka HOST:PORT, or set mode to sync");
    const std::string nothing =
        co_await failure_of(alone.get_grant(http_request("GET", "/", "", {{"order_id", "o1"}})));
    EXPECT_EQ(nothing, "NOT_FOUND: order o1 has no points");
  });
}

TEST_F(PointsByEvents, while_the_broker_is_away_requests_are_accepted_and_done_when_it_is_back) {
  if (!cluster_.is_mock()) GTEST_SKIP() << "takes the brokers down";  // tidy: allow(skip) only mock brokers can be
  run([this]() -> Task<> {
    cluster_.take_down();
    co_await open_points();
    co_await beside({running(participant_)}, [this]() -> Task<> {
      const std::string answer = co_await posted(kRequest);
      EXPECT_EQ(answer, kAccepted);
      cluster_.bring_up();
      co_await until_shown(kGranted);
    });
  });
}

}  // namespace
}  // namespace shop
