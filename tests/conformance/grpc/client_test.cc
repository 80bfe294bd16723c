// SPDX-License-Identifier: Apache-2.0
//
// Our client and a server of grpc++.
#include "skerry/grpc/client.h"

#include <gtest/gtest.h>

#include "tests/conformance/grpc/peer_server.h"

#include "skerry/async/blocking.h"
#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/grpc/open.h"
#include "skerry/grpc/testing/echo_service.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoService;
using testing::PeerServer;

EchoRequest peer_request(std::string text) {
  EchoRequest request;
  request.set_text(std::move(text));
  return request;
}

using PeerTest = std::function<Task<>(std::shared_ptr<EchoService> client, PeerServer& server)>;

void run_against_peer(PeerTest body) {
  PeerServer server;
  Runtime runtime({.workers = 1});
  const Result<> outcome =
      runtime.run([&] { return body(make_client<EchoService>(Channel::create(server.target())), server); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

Task<bool> peer_reaches(std::function<bool()> condition) {
  const auto give_up = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) co_return false;
    co_await sleep(1ms);
  }
  co_return true;
}

TEST(GrpcConformanceClient, unary_call_gives_the_response) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    for (const std::size_t size : {0, 1, 100, 70'000, 3'000'000}) {
      const std::string text(size, 'x');
      EchoResponse response = co_await client->Echo(peer_request(text));
      EXPECT_EQ(response.text(), text);
    }
  });
}

TEST(GrpcConformanceClient, server_stream_comes_in_order_and_ends) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      EchoRequest request = peer_request(std::string(2000, 'x'));
      request.set_count(1000);
      auto responses = open(scope, *client, &EchoService::Expand, request);
      int next = 0;
      while (true) {
        std::optional<EchoResponse> response = co_await responses.receive();
        if (!response) break;
        EXPECT_EQ(response->number(), next++);
      }
      EXPECT_EQ(next, 1000);
    });
  });
}

TEST(GrpcConformanceClient, client_stream_is_collected) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto upload = open(scope, *client, &EchoService::Collect);
      for (int i = 0; i < 500; ++i) co_await upload.requests.send(peer_request(std::string(1000, 'y')));
      upload.requests.close();
      std::optional<EchoResponse> response = co_await upload.response.receive();
      EXPECT_TRUE(response.has_value());
      if (response) EXPECT_EQ(response->number(), 500);
      if (response) EXPECT_EQ(response->text(), std::string(500'000, 'y'));
    });
  });
}

TEST(GrpcConformanceClient, conversation_plays_ping_pong_and_ends) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto chat = open(scope, *client, &EchoService::Chat);
      for (int i = 0; i < 200; ++i) {
        co_await chat.requests.send(peer_request(std::to_string(i)));
        std::optional<EchoResponse> answer = co_await chat.responses.receive();
        EXPECT_TRUE(answer && answer->text() == std::to_string(i) && answer->number() == i);
      }
      chat.requests.close();
      std::optional<EchoResponse> end = co_await chat.responses.receive();
      EXPECT_FALSE(end.has_value());
    });
  });
}

TEST(GrpcConformanceClient, every_code_comes_with_its_message_and_details) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    for (int code = 1; code <= 16; ++code) {
      EchoRequest request = peer_request("100% d\xc3\xbcrr\n");
      request.set_fail_code(code);
      Result<EchoResponse> outcome = co_await client->Echo(request).result();
      EXPECT_FALSE(outcome);
      if (!outcome) {
        EXPECT_EQ(outcome.error(), Error(code_from_number(code), request.text()).with_detail("field", "text"));
      }
    }
  });
}

TEST(GrpcConformanceClient, error_of_a_stream_comes_after_its_messages) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      EchoRequest request = peer_request("end");
      request.set_count(2);
      request.set_fail_code(15);
      auto responses = open(scope, *client, &EchoService::Expand, request);
      for (int i = 0; i < 2; ++i) {
        std::optional<EchoResponse> response = co_await responses.receive();
        EXPECT_TRUE(response.has_value());
      }
      Result<std::optional<EchoResponse>> end = co_await responses.receive().result();
      EXPECT_FALSE(end);
      if (!end) EXPECT_EQ(end.error().code(), Code::kDataLoss);
    });
  });
}

TEST(GrpcConformanceClient, method_that_the_server_does_not_have_is_unimplemented) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    Result<EchoResponse> outcome = co_await client->Missing(peer_request("m")).result();
    EXPECT_FALSE(outcome);
    if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kUnimplemented);
  });
}

TEST(GrpcConformanceClient, metadata_travels_both_ways) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    const std::string bytes("\0\xff,\n", 4);
    for (const int fail_code : {0, 9}) {
      ResponseMetadata received;
      EchoRequest request = peer_request("m");
      request.set_fail_code(fail_code);
      const CallOptions options{.metadata = {{"x-echo", "there and back"}, {"x-echo-trailer-bin", bytes}},
                                .received = &received};
      (void)co_await with_options(options, client->Echo(request)).result();
      EXPECT_EQ(received.headers.find("x-echo"), "there and back");
      EXPECT_EQ(received.trailers.find("x-echo-trailer-bin"), bytes);
    }
  });
}

TEST(GrpcConformanceClient, compression_works_both_ways) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    for (const Compression compression : {Compression::kIdentity, Compression::kGzip, Compression::kDeflate}) {
      const CallOptions options{.metadata = {{"x-compress", "1"}}, .compression = compression};
      EchoResponse response = co_await with_options(options, client->Echo(peer_request(std::string(50'000, 'z'))));
      EXPECT_EQ(response.text(), std::string(50'000, 'z'));
    }
  });
}

TEST(GrpcConformanceClient, request_over_the_servers_limit_is_resource_exhausted) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    Result<EchoResponse> outcome = co_await client->Echo(peer_request(std::string(5'000'000, 'x'))).result();
    EXPECT_FALSE(outcome);
    if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kResourceExhausted) << outcome.error().to_string();
  });
}

TEST(GrpcConformanceClient, deadline_and_cancellation_reach_the_server) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer& server) -> Task<> {
    EchoRequest endless = peer_request("m");
    endless.set_delay_ms(60'000);
    Result<EchoResponse> outcome = co_await with_timeout(50ms, client->Echo(endless)).result();
    EXPECT_FALSE(outcome);
    if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kDeadlineExceeded);
    const bool first_ended = co_await peer_reaches([&] { return server.echo().cancelled() == 1; });
    EXPECT_TRUE(first_ended);
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await client->Echo(endless); });
      const bool began = co_await peer_reaches([&] { return server.echo().running() == 1; });
      EXPECT_TRUE(began);
      scope.cancel();
    }).result();
    const bool second_ended = co_await peer_reaches([&] { return server.echo().cancelled() == 2; });
    EXPECT_TRUE(second_ended);
  });
}

TEST(GrpcConformanceClient, many_calls_share_a_connection) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer&) -> Task<> {
    int answered = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < 300; ++i) {
        scope.go([&, i]() -> Task<> {
          EchoResponse response = co_await client->Echo(peer_request(std::to_string(i)));
          if (response.text() == std::to_string(i)) ++answered;
        });
      }
      co_return;
    });
    EXPECT_EQ(answered, 300);
  });
}

TEST(GrpcConformanceClient, calls_under_way_end_well_when_the_server_stops_and_later_ones_are_unavailable) {
  run_against_peer([](std::shared_ptr<EchoService> client, PeerServer& server) -> Task<> {
    EchoRequest slow = peer_request("slow");
    slow.set_delay_ms(100);
    bool answered = false;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        EchoResponse response = co_await client->Echo(slow);
        answered = response.text() == "slow";
      });
      const bool began = co_await peer_reaches([&] { return server.echo().running() == 1; });
      EXPECT_TRUE(began);
      co_await blocking([&] { server.stop(10s); });
    });
    EXPECT_TRUE(answered);
    Result<EchoResponse> late = co_await client->Echo(peer_request("late")).result();
    EXPECT_FALSE(late);
    if (!late) EXPECT_EQ(late.error().code(), Code::kUnavailable) << late.error().to_string();
  });
}

}  // namespace
}  // namespace skerry::grpc
