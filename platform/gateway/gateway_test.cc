// SPDX-License-Identifier: Apache-2.0
//
// Which requests reach which service, and what the gateway answers by itself.
#include "platform/gateway/gateway.h"

#include <boost/json/parse.hpp>

#include "platform/gateway/gateway_fixture.h"

namespace skerry::platform::gateway {
namespace {

using http::testing::RawConnection;
using http::testing::wait_until;
using namespace std::chrono_literals;

class GatewayTest : public ::testing::TestWithParam<Protocols> {};

INSTANTIATE_TEST_SUITE_P(Protocols, GatewayTest, ::testing::ValuesIn(all_protocols()), protocols_name);

TEST_P(GatewayTest, passes_requests_on_unchanged_to_the_service_of_the_longest_prefix) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("order", echo_request_line);
    co_await fixture->serve("archive", echo_request_line);
    co_await fixture->start(
        {.routes = {{.path_prefix = "/api/orders", .service = "order", .protocol = protocols.out},
                    {.path_prefix = "/api/orders/archive", .service = "archive", .protocol = protocols.out}}});
    http::Client client({.protocol = protocols.in});
    const Answer read = co_await fixture->ask(&client, fixture->request("GET", "/%61pi/orders/a%20b?x=1&y=%2F..&z"));
    EXPECT_EQ(read.status, 200);
    EXPECT_EQ(read.body, "GET /%61pi/orders/a%20b?x=1&y=%2F..&z order ");
    const Answer written = co_await fixture->ask(&client, fixture->request("PUT", "/api/orders/archive/7", "bytes"));
    EXPECT_EQ(written.body, "PUT /api/orders/archive/7 archive bytes");
    const Answer patched = co_await fixture->ask(&client, fixture->request("PATCH", "/api/orders/archives"));
    EXPECT_EQ(patched.body, "PATCH /api/orders/archives order ");
  });
}

TEST_P(GatewayTest, passes_status_and_fields_of_the_response_on) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("order", [](http::Request) -> Task<http::Response> {
      http::Response response = http::json("{}", 409);
      co_await response.headers.add("location", "/api/orders/1");
      co_await response.headers.add("set-cookie", "a=1");
      co_await response.headers.add("set-cookie", "b=2");
      co_return std::move(response);
    });
    co_await fixture->start({.routes = {{.path_prefix = "/", .service = "order", .protocol = protocols.out}}});
    http::Client client({.protocol = protocols.in});
    const Answer answer = co_await fixture->ask(&client, fixture->request("POST", "/api/orders", "{}"));
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.header("location"), "/api/orders/1");
    EXPECT_EQ(answer.header("content-type"), "application/json");
    EXPECT_EQ(answer.headers.get_all("set-cookie"), (std::vector<std::string_view>{"a=1", "b=2"}));
  });
}

/// Checks the one form of errors, and that it names the trace.
void expect_error(const Answer& answer, int status, std::string_view code) {
  EXPECT_EQ(answer.status, status) << answer.body;
  EXPECT_EQ(answer.header("content-type"), "application/json");
  boost::system::error_code failed;
  const boost::json::value body = boost::json::parse(answer.body, failed);
  ASSERT_FALSE(failed) << answer.body;
  const boost::json::object& error = body.at("error").as_object();
  EXPECT_EQ(error.at("code").as_string(), code);
  EXPECT_FALSE(error.at("message").as_string().empty());
  EXPECT_EQ(error.at("trace_id").as_string(), answer.header("x-trace-id"));
  EXPECT_EQ(answer.header("x-trace-id").size(), 32U);
}

/// The same of an answer to a request that was read, and so has an id.
void expect_answered_error(const Answer& answer, int status, std::string_view code) {
  expect_error(answer, status, code);
  EXPECT_FALSE(answer.header("x-request-id").empty());
}

TEST(Gateway, answers_404_for_an_unknown_route_and_405_with_allow_for_a_wrong_method) {
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("order", echo_request_line);
    co_await fixture->start(
        {.routes = {{.path_prefix = "/api/orders", .methods = {"POST", "GET"}, .service = "order"}}});
    const Answer unknown = co_await fixture->ask("GET", "/api/nothing");
    expect_answered_error(unknown, 404, "NOT_FOUND");
    const Answer wrong = co_await fixture->ask("DELETE", "/api/orders/1");
    expect_answered_error(wrong, 405, "UNIMPLEMENTED");
    EXPECT_EQ(wrong.header("allow"), "GET, HEAD, POST");
  });
}

TEST(Gateway, never_routes_what_is_for_operators_in_any_spelling) {
  static int calls = 0;
  calls = 0;
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("page", [](http::Request request) -> Task<http::Response> {
      ++calls;
      co_return co_await echo_request_line(std::move(request));
    });
    co_await fixture->start({.routes = {{.path_prefix = "/", .service = "page"}}});
    for (const char* target : {"/metrics", "/health", "/ready", "/debug/tasks", "/metrics?x=1", "/%6Detrics",
                               "/METRICS", "/metrics/", "/metrics;x"}) {
      const Answer answer = co_await fixture->ask("GET", target);
      EXPECT_EQ(answer.status, 404) << target;
    }
    for (const char* target : {"//metrics", "/a/../metrics", "/a/%2e%2e/metrics", "/./metrics", "/a%2f..%2fmetrics",
                               "/a/..;/metrics", "/;x/metrics", "/metrics%00", "/a%5c..%5cmetrics"}) {
      const Answer answer = co_await fixture->ask("GET", target);
      expect_answered_error(answer, 400, "INVALID_ARGUMENT");
    }
    EXPECT_EQ(calls, 0);
    (void)co_await fixture->ask("GET", "/a/metrics");
    EXPECT_EQ(calls, 1);
  });
}

TEST(Gateway, starts_before_its_services_and_answers_503_until_they_are_there) {
  with_gateway([](Fixture* fixture) -> Task<> {
    fixture->announce("order");
    co_await fixture->start({.routes = {{.path_prefix = "/", .service = "order"}}});
    const Answer before = co_await fixture->ask("GET", "/x");
    expect_answered_error(before, 503, "UNAVAILABLE");
    EXPECT_EQ(before.body.find("127.0.0.1"), std::string::npos) << "addresses are not for the outside";
    co_await fixture->serve("order", echo_request_line);
    while (true) {
      const Answer answer = co_await fixture->ask("GET", "/x");
      if (answer.status == 200) break;
      EXPECT_EQ(answer.status, 503);
    }
  });
}

TEST(Gateway, answers_503_when_no_instance_can_be_connected_to) {
  with_gateway([](Fixture* fixture) -> Task<> {
    http::Server gone(echo_request_line);
    const net::Address address = co_await gone.listen(http::testing::any_port());
    co_await gone.stop(0s);
    fixture->add_instance("order", address);
    co_await fixture->start({.routes = {{.path_prefix = "/", .service = "order"}}});
    const Answer answer = co_await fixture->ask("POST", "/x", "body");
    expect_answered_error(answer, 503, "UNAVAILABLE");
  });
}

TEST_P(GatewayTest, answers_413_for_a_body_over_the_limit) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("order", echo_request_line);
    GatewayOptions options{.routes = {{.path_prefix = "/", .service = "order", .protocol = protocols.out}}};
    options.server.max_body_bytes = 100'000;
    co_await fixture->start(std::move(options));
    http::Client client({.protocol = protocols.in});
    const Answer announced = co_await fixture->ask(&client, fixture->request("POST", "/x", std::string(100'001, 'x')));
    expect_error(announced, 413, "RESOURCE_EXHAUSTED");
    http::Body streamed(std::make_unique<http::testing::PatternReader>(200'000, 10'000));
    const Answer found_out = co_await fixture->ask(&client, fixture->request("POST", "/x", std::move(streamed)));
    expect_answered_error(found_out, 413, "RESOURCE_EXHAUSTED");
    const Answer allowed = co_await fixture->ask(&client, fixture->request("POST", "/x", std::string(100'000, 'x')));
    EXPECT_EQ(allowed.status, 200);
  });
}

TEST(Gateway, replaces_its_routes_without_dropping_a_connection_or_a_request) {
  static Event may_answer;
  static int waiting = 0;
  may_answer.reset();
  waiting = 0;
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("slow", [](http::Request) -> Task<http::Response> {
      ++waiting;
      co_await may_answer.wait();
      co_return http::text("late");
    });
    co_await fixture->serve("order", echo_request_line);
    co_await fixture->start({.routes = {{.path_prefix = "/slow", .service = "slow"}}});
    std::unique_ptr<RawConnection> under_way = co_await RawConnection::open(fixture->address);
    std::unique_ptr<RawConnection> idle = co_await RawConnection::open(fixture->address);
    co_await under_way->send("GET /slow HTTP/1.1\r\nhost: h\r\n\r\n");
    co_await idle->send("GET /order HTTP/1.1\r\nhost: h\r\n\r\n");
    const auto missing = co_await idle->response();
    EXPECT_EQ(missing.head.status, 404);
    co_await wait_until([] { return waiting == 1; });

    EXPECT_FALSE(fixture->gateway->set_routes({{.path_prefix = "no path", .service = "order"}}));
    const Result<> replaced = fixture->gateway->set_routes({{.path_prefix = "/order", .service = "order"}});
    EXPECT_TRUE(replaced);
    co_await idle->send("GET /order HTTP/1.1\r\nhost: h\r\n\r\n");
    const auto found = co_await idle->response();
    EXPECT_EQ(found.head.status, 200);
    may_answer.set();
    const auto late = co_await under_way->response();
    EXPECT_EQ(late.body, "late");
    co_await under_way->send("GET /slow HTTP/1.1\r\nhost: h\r\n\r\n");
    const auto now_unknown = co_await under_way->response();
    EXPECT_EQ(now_unknown.head.status, 404);
  });
}

/// Counts how often it is asked.
class CountingResolver final : public http::Resolver {
 public:
  explicit CountingResolver(std::shared_ptr<http::Resolver> others) : others_(std::move(others)) {}
  Task<Live<http::Endpoints>> resolve(std::string authority) override {
    ++asked;
    return others_->resolve(std::move(authority));
  }
  int asked = 0;

 private:
  const std::shared_ptr<http::Resolver> others_;
};

TEST_P(GatewayTest, keeps_its_connections_and_does_not_resolve_for_each_request) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    http::Server* service = co_await fixture->serve("order", echo_request_line);
    auto resolver = std::make_shared<CountingResolver>(fixture->resolver);
    co_await fixture->start(
        {.routes = {{.path_prefix = "/", .service = "order", .protocol = protocols.out}}, .resolver = resolver});
    http::Client client({.protocol = protocols.in});
    for (int i = 0; i < 30; ++i) {
      const Answer answer = co_await fixture->ask(&client, fixture->request("POST", "/x", std::to_string(i)));
      EXPECT_EQ(answer.status, 200);
    }
    EXPECT_EQ(service->counters().requests, 30U);
    EXPECT_EQ(service->counters().connections, 1U);
    EXPECT_EQ(resolver->asked, 1);
  });
}

TEST(Gateway, stops_when_the_requests_in_flight_are_finished) {
  static Event answer_now;
  static int entered = 0;
  answer_now.reset();
  entered = 0;
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("slow", [](http::Request) -> Task<http::Response> {
      ++entered;
      co_await answer_now.wait();
      co_return http::text("finished");
    });
    co_await fixture->start({.routes = {{.path_prefix = "/", .service = "slow"}}});
    bool stopped = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        const Answer answer = co_await fixture->ask("GET", "/x");
        EXPECT_EQ(answer.body, "finished");
        EXPECT_FALSE(stopped);
      });
      co_await wait_until([] { return entered == 1; });
      scope.go([&]() -> Task<> {
        co_await fixture->gateway->stop(20s);
        stopped = true;
      });
      // Stopped, it takes no more.
      while (true) {
        Result<std::unique_ptr<RawConnection>> refused = co_await RawConnection::open(fixture->address).result();
        if (!refused) break;
        co_await yield();
      }
      answer_now.set();
    });
    EXPECT_TRUE(stopped);
  });
}

TEST(Gateway, says_what_it_cannot_be_made_of_and_that_a_port_is_taken) {
  with_gateway([](Fixture* fixture) -> Task<> {
    const auto without_resolver = Gateway::make({.routes = {}, .resolver = nullptr});
    EXPECT_FALSE(without_resolver);
    const auto with_bad_route =
        Gateway::make({.routes = {{.path_prefix = "/debug", .service = "x"}}, .resolver = fixture->resolver});
    EXPECT_FALSE(with_bad_route);
    co_await fixture->start({.routes = {}});
    const std::unique_ptr<Gateway> second = co_await Gateway::make({.routes = {}, .resolver = fixture->resolver});
    Result<net::Address> taken = co_await second->listen(fixture->address).result();
    EXPECT_FALSE(taken);
    if (!taken) EXPECT_EQ(taken.error().code(), Code::kFailedPrecondition);
  });
}

TEST(Gateway, serves_on_every_worker_at_once) {
  with_gateway(
      [](Fixture* fixture) -> Task<> {
        co_await fixture->serve("order", echo_request_line);
        co_await fixture->serve("order", echo_request_line);
        co_await fixture->start({.routes = {{.path_prefix = "/", .service = "order"}}});
        std::atomic<int> answered = 0;
        co_await with_scope([&](Scope& scope) -> Task<> {
          for (int i = 0; i < 8; ++i) {
            scope.go([&]() -> Task<> {
              http::Client client({.protocol = http::Protocol::kHttp1});
              for (int k = 0; k < 50; ++k) {
                const Answer answer = co_await fixture->ask(&client, fixture->request("POST", "/x", "body"));
                if (answer.status == 200) answered.fetch_add(1);
              }
            });
          }
          for (int i = 0; i < 50; ++i) {
            EXPECT_TRUE(fixture->gateway->set_routes({{.path_prefix = i % 2 == 0 ? "/x" : "/", .service = "order"}}));
            co_await yield();
          }
        });
        EXPECT_EQ(answered.load(), 400);
      },
      2);
}

}  // namespace
}  // namespace skerry::platform::gateway
