// SPDX-License-Identifier: Apache-2.0
//
// How long the gateway waits, for what, and what becomes of the request at the service.
#include "platform/gateway/gateway_fixture.h"

namespace skerry::platform::gateway {
namespace {

using http::testing::wait_until;
using namespace std::chrono_literals;

class GatewayDeadline : public ::testing::TestWithParam<Protocols> {};

INSTANTIATE_TEST_SUITE_P(Protocols, GatewayDeadline, ::testing::ValuesIn(all_protocols()), protocols_name);

/// Running calls of `never_answer`.
int unanswered = 0;

struct CountUnanswered {
  CountUnanswered() { ++unanswered; }
  ~CountUnanswered() { --unanswered; }
};

Task<http::Response> never_answer(http::Request request) {
  const CountUnanswered count;
  (void)co_await request.body.read_all(kMaxFixtureBodyBytes);
  Event never;
  co_await never.wait();
  co_return http::text("never");
}

GatewayOptions deadline_options(Protocols protocols, std::chrono::milliseconds deadline) {
  GatewayOptions options{.routes = {{.path_prefix = "/", .service = "slow", .protocol = protocols.out}}};
  options.limits.deadline = deadline;
  return options;
}

TEST_P(GatewayDeadline, answers_504_and_cancels_the_request_at_the_service) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("slow", never_answer);
    co_await fixture->start(deadline_options(protocols, 50ms));
    http::Client client({.protocol = protocols.in});
    for (const char* method : {"GET", "POST"}) {
      const Answer answer = co_await fixture->ask(&client, fixture->request(method, "/x"));
      EXPECT_EQ(answer.status, 504);
      EXPECT_NE(answer.body.find("DEADLINE_EXCEEDED"), std::string::npos) << answer.body;
      EXPECT_FALSE(answer.header("x-trace-id").empty());
    }
    co_await wait_until([] { return unanswered == 0; });
  });
}

TEST_P(GatewayDeadline, counts_from_the_end_of_a_body_that_streams) {
  with_gateway([protocols = GetParam()](Fixture* fixture) -> Task<> {
    co_await fixture->serve("slow", never_answer);
    co_await fixture->start(deadline_options(protocols, 100ms));
    http::Client client({.protocol = protocols.in});
    http::Exchange exchange = co_await client.open(fixture->head("POST", "/x"));
    co_await exchange.write("begin");
    // The upload takes longer than the service may.
    const auto begin = std::chrono::steady_clock::now();
    co_await wait_until([&] { return std::chrono::steady_clock::now() - begin > 300ms; });
    EXPECT_EQ(unanswered, 1);
    co_await exchange.finish();
    const http::ResponseHead head = co_await exchange.head();
    EXPECT_EQ(head.status, 504);
    co_await wait_until([] { return unanswered == 0; });
  });
}

TEST(GatewayTimes, of_a_route_goes_before_the_general_one) {
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("slow", never_answer);
    GatewayOptions options{.routes = {{.path_prefix = "/", .service = "slow", .deadline = 50ms}}};
    options.limits.deadline = 1h;
    co_await fixture->start(std::move(options));
    const Answer answer = co_await fixture->ask("GET", "/x");
    EXPECT_EQ(answer.status, 504);
  });
}

TEST(GatewayTimes, does_not_end_a_response_that_has_begun) {
  static Event may_finish;
  may_finish.reset();
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("slow", [](http::Request) -> Task<http::Response> {
      co_return http::Response::stream(200, {}, [](http::BodyWriter out) -> Task<> {
        co_await out.write("begin ");
        co_await may_finish.wait();
        co_await out.write("end");
      });
    });
    co_await fixture->start(deadline_options({}, 50ms));
    http::Response response = co_await fixture->client.send(fixture->request("GET", "/x"));
    const auto begin = std::chrono::steady_clock::now();
    co_await wait_until([&] { return std::chrono::steady_clock::now() - begin > 150ms; });
    may_finish.set();
    const std::string body = co_await response.body.read_all(100);
    EXPECT_EQ(body, "begin end");
  });
}

TEST(GatewayTimes, cuts_a_response_off_that_is_silent_for_too_long) {
  with_gateway([](Fixture* fixture) -> Task<> {
    co_await fixture->serve("slow", [](http::Request) -> Task<http::Response> {
      co_return http::Response::stream(200, {}, [](http::BodyWriter out) -> Task<> {
        const CountUnanswered count;
        co_await out.write("begin");
        Event never;
        co_await never.wait();
      });
    });
    GatewayOptions options = deadline_options({}, 1h);
    options.limits.max_response_silence = 50ms;
    co_await fixture->start(std::move(options));
    http::Response response = co_await fixture->client.send(fixture->request("GET", "/x"));
    const Result<std::string> body = co_await response.body.read_all(100).result();
    EXPECT_FALSE(body);
    co_await wait_until([] { return unanswered == 0; });
  });
}

}  // namespace
}  // namespace skerry::platform::gateway
