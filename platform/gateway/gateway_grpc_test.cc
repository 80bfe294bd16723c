// SPDX-License-Identifier: Apache-2.0
//
// gRPC through the gateway, with the real client and server of skerry/grpc.
#include "platform/gateway/gateway_fixture.h"
#include "skerry/grpc/call.h"
#include "skerry/grpc/client.h"
#include "skerry/grpc/open.h"
#include "skerry/grpc/server.h"
#include "skerry/grpc/testing/echo_service.h"

namespace skerry::platform::gateway {
namespace {

using http::testing::wait_until;
using skerry::testing::EchoImplementation;
using skerry::testing::EchoRequest;
using skerry::testing::EchoResponse;
using skerry::testing::EchoService;
using namespace std::chrono_literals;

constexpr std::string_view kEchoPrefix = "/skerry.testing.EchoService";

EchoRequest echo_message(std::string text) {
  EchoRequest request;
  request.set_text(std::move(text));
  return request;
}

/// The service behind the gateway, and a client before it.
struct GrpcBed {
  std::shared_ptr<EchoImplementation> implementation = std::make_shared<EchoImplementation>();
  grpc::Server server;
  std::unique_ptr<EchoService> client;
};

using GrpcBody = std::function<Task<>(Fixture*, GrpcBed*)>;

void with_grpc(GrpcBody body, GatewayOptions options = {}) {
  with_gateway([&](Fixture* fixture) -> Task<> {
    GrpcBed bed;
    bed.server.serve<EchoService>(bed.implementation);
    co_await fixture->serve("echo", [&bed](http::Request request) { return bed.server.handle(std::move(request)); });
    if (options.routes.empty()) options.routes = {{.path_prefix = std::string(kEchoPrefix), .service = "echo"}};
    co_await fixture->start(std::move(options));
    bed.client = grpc::make_client<EchoService>(grpc::Channel::create(fixture->address.to_string()));
    Result<> outcome = co_await body(fixture, &bed).result();
    bed.client.reset();
    co_await fixture->stop();
    co_await std::move(outcome);
  });
}

TEST(GatewayGrpc, passes_calls_and_their_errors_through) {
  with_grpc([](Fixture*, GrpcBed* bed) -> Task<> {
    const EchoResponse response = co_await bed->client->Echo(echo_message("hello"));
    EXPECT_EQ(response.text(), "hello");
    EchoRequest failing = echo_message("no such thing: 100 %, caf\xc3\xa9");
    failing.set_fail_code(static_cast<int>(Code::kNotFound));
    const Result<EchoResponse> failed = co_await bed->client->Echo(failing).result();
    EXPECT_FALSE(failed);
    if (!failed) {
      EXPECT_EQ(failed.error(), Error::not_found("{}", failing.text()).with_detail("field", "text"));
    }
  });
}

TEST(GatewayGrpc, passes_streams_both_ways_message_by_message) {
  with_grpc([](Fixture*, GrpcBed* bed) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto chat = grpc::open(scope, *bed->client, &EchoService::Chat);
      for (int i = 0; i < 50; ++i) {
        co_await chat.requests.send(echo_message(std::to_string(i)));
        const std::optional<EchoResponse> response = co_await chat.responses.receive();
        EXPECT_TRUE(response && response->text() == std::to_string(i));
      }
      chat.requests.close();
      const std::optional<EchoResponse> end = co_await chat.responses.receive();
      EXPECT_FALSE(end.has_value());
    });
  });
}

TEST(GatewayGrpc, sends_the_head_of_a_stream_before_its_first_message) {
  with_grpc([](Fixture*, GrpcBed* bed) -> Task<> {
    EchoRequest request = echo_message("part");
    request.set_count(1000);
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto responses = grpc::open(scope, *bed->client, &EchoService::Expand, request);
      int next = 0;
      while (true) {
        const std::optional<EchoResponse> response = co_await responses.receive();
        if (!response) break;
        EXPECT_EQ(response->number(), next++);
      }
      EXPECT_EQ(next, 1000);
    });
  });
}

TEST(GatewayGrpc, is_not_bound_to_the_deadline_and_the_body_limit_of_plain_requests) {
  GatewayOptions options;
  options.limits.deadline = 20ms;
  options.limits.max_response_silence = 20ms;
  options.server.max_body_bytes = 1000;
  with_grpc(
      [](Fixture*, GrpcBed* bed) -> Task<> {
        EchoRequest slow = echo_message("slow");
        slow.set_delay_ms(200);
        const EchoResponse response = co_await bed->client->Echo(slow);
        EXPECT_EQ(response.text(), "slow");
        co_await with_scope([&](Scope& scope) -> Task<> {
          auto chat = grpc::open(scope, *bed->client, &EchoService::Chat);
          for (int i = 0; i < 30; ++i) {
            co_await chat.requests.send(echo_message(std::string(100, 'x')));
            const std::optional<EchoResponse> echoed = co_await chat.responses.receive();
            EXPECT_TRUE(echoed.has_value());
          }
          chat.requests.close();
        });
      },
      std::move(options));
}

TEST(GatewayGrpc, keeps_the_deadline_of_the_client_and_cancels_with_it) {
  with_grpc([](Fixture*, GrpcBed* bed) -> Task<> {
    EchoRequest slow = echo_message("slow");
    slow.set_delay_ms(60'000);
    const Result<EchoResponse> late = co_await with_timeout(100ms, bed->client->Echo(slow)).result();
    EXPECT_FALSE(late);
    if (!late) EXPECT_EQ(late.error().code(), Code::kDeadlineExceeded);
    EXPECT_GT(bed->implementation->last_time_left().count(), 0);
    co_await wait_until([&] { return bed->implementation->running() == 0; });
  });
}

TEST(GatewayGrpc, ends_a_call_with_deadline_exceeded_when_its_routes_time_is_over) {
  GatewayOptions options;
  options.routes = {{.path_prefix = std::string(kEchoPrefix), .service = "echo", .deadline = 50ms}};
  with_grpc(
      [](Fixture*, GrpcBed* bed) -> Task<> {
        EchoRequest slow = echo_message("slow");
        slow.set_delay_ms(60'000);
        const Result<EchoResponse> late = co_await bed->client->Echo(slow).result();
        EXPECT_FALSE(late);
        if (!late) EXPECT_EQ(late.error().code(), Code::kDeadlineExceeded) << late.error().to_string();
        co_await wait_until([&] { return bed->implementation->running() == 0; });
      },
      std::move(options));
}

TEST(GatewayGrpc, answers_in_grpcs_own_form_where_there_is_no_route_or_no_service) {
  GatewayOptions options;
  options.routes = {{.path_prefix = "/other", .service = "echo"}};
  with_grpc(
      [](Fixture* fixture, GrpcBed* bed) -> Task<> {
        const Result<EchoResponse> no_route = co_await bed->client->Echo(echo_message("x")).result();
        EXPECT_FALSE(no_route);
        if (!no_route) EXPECT_EQ(no_route.error().code(), Code::kUnimplemented) << no_route.error().to_string();
        fixture->announce("gone");
        co_await fixture->gateway->set_routes({{.path_prefix = "/", .service = "gone"}});
        const Result<EchoResponse> no_service = co_await bed->client->Echo(echo_message("x")).result();
        EXPECT_FALSE(no_service);
        if (!no_service) EXPECT_EQ(no_service.error().code(), Code::kUnavailable) << no_service.error().to_string();
      },
      std::move(options));
}

TEST(GatewayGrpc, cancels_at_the_service_what_the_client_gives_up) {
  with_grpc([](Fixture*, GrpcBed* bed) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      EchoRequest endless = echo_message(std::string(10'000, 'x'));
      endless.set_count(1'000'000);
      {
        auto responses = grpc::open(scope, *bed->client, &EchoService::Expand, endless);
        const std::optional<EchoResponse> first = co_await responses.receive();
        EXPECT_TRUE(first.has_value());
        EXPECT_EQ(bed->implementation->running(), 1);
      }
      co_await wait_until([&] { return bed->implementation->running() == 0; });
    });
  });
}

}  // namespace
}  // namespace skerry::platform::gateway
