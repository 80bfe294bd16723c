// SPDX-License-Identifier: Apache-2.0
//
// Calls over connections that come and go.
#include <gtest/gtest.h>

#include "skerry/async/go.h"
#include "skerry/async/timeout.h"
#include "skerry/grpc/client.h"
#include "skerry/grpc/open.h"
#include "skerry/grpc/server.h"
#include "skerry/grpc/typed_suite.h"
#include "skerry/http/server.h"
#include "skerry/net/listener.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoService;

/// A server of the test service that can be started and stopped on an address.
class StoppableServer {
 public:
  StoppableServer() : http_([this](http::Request request) { return grpc_.handle(std::move(request)); }) {
    grpc_.serve<EchoService>(implementation_);
  }
  Server& grpc() { return grpc_; }
  testing::EchoImplementation& implementation() { return *implementation_; }
  Task<net::Address> listen(net::Address address) { return http_.listen(std::move(address)); }
  Task<> stop(std::chrono::milliseconds limit = 10s) { return http_.stop(limit); }

 private:
  std::shared_ptr<testing::EchoImplementation> implementation_ = std::make_shared<testing::EchoImplementation>();
  Server grpc_;
  http::Server http_;
};

net::Address any_port() { return *net::Address::from_ip("127.0.0.1", 0); }

void run_connection_test(std::function<Task<>()> body, unsigned workers = 1) {
  Runtime runtime({.workers = workers});
  const Result<> outcome = runtime.run([&] { return body(); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

std::shared_ptr<EchoService> client_of(const net::Address& address, ChannelOptions options = {}) {
  return make_client<EchoService>(Channel::create(address.to_string(), std::move(options)));
}

TEST(GrpcConnection, next_call_reaches_a_server_that_was_restarted) {
  run_connection_test([]() -> Task<> {
    auto first = std::make_unique<StoppableServer>();
    const net::Address address = co_await first->listen(any_port());
    auto client = client_of(address);
    co_await client->Echo(echo_request("one"));
    co_await first->stop();
    StoppableServer second;
    co_await second.listen(address);
    EchoResponse response =
        co_await with_timeout(10s, with_options({.wait_for_ready = true}, client->Echo(echo_request("two"))));
    EXPECT_EQ(response.text(), "two");
    EXPECT_EQ(second.implementation().started(), 1);
    co_await second.stop();
  });
}

TEST(GrpcConnection, calls_under_way_end_well_when_their_server_stops) {
  run_connection_test([]() -> Task<> {
    StoppableServer server;
    const net::Address address = co_await server.listen(any_port());
    auto client = client_of(address);
    EchoRequest slow = echo_request("slow");
    slow.set_delay_ms(200);
    bool answered = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        EchoResponse response = co_await client->Echo(slow);
        answered = response.text() == "slow";
      });
      const bool began = co_await eventually([&] { return server.implementation().running() == 1; });
      EXPECT_TRUE(began);
      co_await server.stop();
    });
    EXPECT_TRUE(answered);
  });
}

TEST(GrpcConnection, stop_cancels_what_outlasts_its_limit) {
  run_connection_test([]() -> Task<> {
    StoppableServer server;
    const net::Address address = co_await server.listen(any_port());
    auto client = client_of(address);
    EchoRequest endless = echo_request("m");
    endless.set_delay_ms(60'000);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        Result<EchoResponse> outcome = co_await client->Echo(endless).result();
        EXPECT_FALSE(outcome);
      });
      const bool began = co_await eventually([&] { return server.implementation().running() == 1; });
      EXPECT_TRUE(began);
      co_await server.stop(20ms);
      EXPECT_EQ(server.implementation().running(), 0);
    });
  });
}

TEST(GrpcConnection, call_without_a_server_is_unavailable_at_once) {
  run_connection_test([]() -> Task<> {
    StoppableServer server;
    const net::Address address = co_await server.listen(any_port());
    co_await server.stop();
    auto client = client_of(address);
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 2; ++i) {
      Result<EchoResponse> outcome = co_await client->Echo(echo_request("m")).result();
      EXPECT_FALSE(outcome);
      if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kUnavailable) << outcome.error().to_string();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  });
}

TEST(GrpcConnection, call_that_waits_for_a_server_ends_with_its_deadline) {
  run_connection_test([]() -> Task<> {
    StoppableServer server;
    const net::Address address = co_await server.listen(any_port());
    co_await server.stop();
    auto client = client_of(address);
    Result<EchoResponse> outcome =
        co_await with_timeout(100ms, with_options({.wait_for_ready = true}, client->Echo(echo_request("m")))).result();
    EXPECT_FALSE(outcome);
    if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kDeadlineExceeded);
  });
}

/// Takes one connection, reads the beginning of what comes, and breaks it off.
Task<> break_one_connection(net::Listener& listener) {
  std::unique_ptr<net::Stream> stream = co_await listener.accept();
  std::array<char, 1024> bytes{};
  (void)co_await net::read_some(*stream, bytes);
}

TEST(GrpcConnection, connection_that_breaks_fails_its_calls_as_unavailable) {
  run_connection_test([]() -> Task<> {
    const net::ListenAddress bound = co_await net::bind_listen_address(any_port());
    std::unique_ptr<net::Listener> listener = co_await net::Listener::open(bound.address);
    auto client = client_of(bound.address);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await break_one_connection(*listener); });
      Result<EchoResponse> outcome = co_await client->Echo(echo_request("m")).result();
      EXPECT_FALSE(outcome);
      if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kUnavailable) << outcome.error().to_string();
    });
  });
}

/// Lets calls with a token through.
class TokenCheck final : public ServerInterceptor {
 public:
  Task<> intercept(ServerCall& call, ServerNext next) override {
    if (!call.metadata().find("token")) co_await Error::unauthenticated("no token");
    co_await next();
  }
};

class TokenGiver final : public ClientInterceptor {
 public:
  Task<> intercept(ClientCall& call, ClientNext next) override {
    call.options.metadata.add("token", "secret");
    return next();
  }
};

TEST(GrpcConnection, interceptors_of_both_sides_surround_every_kind_of_call) {
  run_connection_test([]() -> Task<> {
    StoppableServer server;
    server.grpc().add_interceptor(std::make_shared<TokenCheck>());
    const net::Address address = co_await server.listen(any_port());
    auto stranger = client_of(address);
    Result<EchoResponse> refused = co_await stranger->Echo(echo_request("m")).result();
    EXPECT_FALSE(refused);
    if (!refused) EXPECT_EQ(refused.error().code(), Code::kUnauthenticated);
    auto friendly = client_of(address, {.interceptors = {std::make_shared<TokenGiver>()}});
    EchoResponse response = co_await friendly->Echo(echo_request("hello"));
    EXPECT_EQ(response.text(), "hello");
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto chat = open(scope, *friendly, &EchoService::Chat);
      co_await chat.requests.send(echo_request("in a stream"));
      std::optional<EchoResponse> answer = co_await chat.responses.receive();
      EXPECT_TRUE(answer.has_value());
      auto refused_chat = open(scope, *stranger, &EchoService::Chat);
      Result<std::optional<EchoResponse>> nothing = co_await refused_chat.responses.receive().result();
      EXPECT_FALSE(nothing);
      if (!nothing) EXPECT_EQ(nothing.error().code(), Code::kUnauthenticated);
    });
    co_await server.stop();
  });
}

TEST(GrpcConnection, one_client_is_used_by_the_tasks_of_all_workers) {
  run_connection_test(
      []() -> Task<> {
        StoppableServer server;
        const net::Address address = co_await server.listen(any_port());
        auto client = client_of(address);
        std::atomic<int> answered = 0;
        co_await with_scope([&](Scope& scope) -> Task<> {
          for (unsigned i = 0; i < 64; ++i) {
            scope.go_on(Runtime::current().worker(i % 2), [&, i]() -> Task<> {
              EchoResponse response = co_await client->Echo(echo_request(std::to_string(i)));
              if (response.text() == std::to_string(i)) ++answered;
            });
          }
          co_return;
        });
        EXPECT_EQ(answered.load(), 64);
        client.reset();
        co_await server.stop();
      },
      2);
}

}  // namespace
}  // namespace skerry::grpc
