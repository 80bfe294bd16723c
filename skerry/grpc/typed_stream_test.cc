// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/timeout.h"
#include "skerry/grpc/open.h"
#include "skerry/grpc/typed_suite.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoService;

class GrpcTypedStream : public GrpcTyped {};

INSTANTIATE_TEST_SUITE_P(Stream, GrpcTypedStream, ::testing::ValuesIn(echo_transports()),
                         [](const auto& info) { return info.param.name; });

EchoRequest counted_request(std::string text, int count) {
  EchoRequest request = echo_request(std::move(text));
  request.set_count(count);
  return request;
}

TEST_P(GrpcTypedStream, server_stream_gives_all_responses_in_order_and_then_its_end) {
  run([](EchoSetup setup) -> Task<> {
    for (const int count : {0, 1, 1000}) {
      co_await with_scope([&](Scope& scope) -> Task<> {
        auto responses = open(scope, *setup.client, &EchoService::Expand, counted_request("part", count));
        int next = 0;
        while (true) {
          std::optional<EchoResponse> response = co_await responses.receive();
          if (!response) break;
          EXPECT_EQ(response->number(), next++);
          EXPECT_EQ(response->text(), "part");
        }
        EXPECT_EQ(next, count);
        std::optional<EchoResponse> after_the_end = co_await responses.receive();
        EXPECT_FALSE(after_the_end.has_value());
      });
    }
  });
}

TEST_P(GrpcTypedStream, server_stream_that_fails_gives_the_error_after_its_messages) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      EchoRequest request = counted_request("gone", 3);
      request.set_fail_code(15);
      auto responses = open(scope, *setup.client, &EchoService::Expand, request);
      for (int i = 0; i < 3; ++i) {
        std::optional<EchoResponse> response = co_await responses.receive();
        EXPECT_TRUE(response.has_value());
      }
      for (int i = 0; i < 2; ++i) {
        Result<std::optional<EchoResponse>> end = co_await responses.receive().result();
        EXPECT_FALSE(end);
        if (!end) EXPECT_EQ(end.error(), Error::data_loss("gone").with_detail("field", "text"));
      }
    });
  });
}

TEST_P(GrpcTypedStream, server_stream_waits_for_a_slow_receiver_and_ends_when_it_goes) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      {
        // Far more than the windows and pipes on the way can hold.
        auto responses =
            open(scope, *setup.client, &EchoService::Expand, counted_request(std::string(10'000, 'x'), 1'000'000));
        for (int i = 0; i < 3; ++i) {
          std::optional<EchoResponse> response = co_await responses.receive();
          EXPECT_TRUE(response.has_value());
        }
        EXPECT_EQ(setup.implementation->running(), 1);
      }
      const bool ended = co_await eventually([&] { return setup.implementation->running() == 0; });
      EXPECT_TRUE(ended);
    });
  });
}

TEST_P(GrpcTypedStream, receiver_that_goes_ends_a_stream_that_sends_nothing) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      EchoRequest request = counted_request("m", 1);
      request.set_delay_ms(60'000);
      {
        auto responses = open(scope, *setup.client, &EchoService::Expand, request);
        std::optional<EchoResponse> response = co_await responses.receive();
        EXPECT_TRUE(response.has_value());
      }
      co_return;
    });
    const bool ended = co_await eventually([&] { return setup.implementation->running() == 0; });
    EXPECT_TRUE(ended);
  });
}

TEST_P(GrpcTypedStream, server_stream_works_with_ends_of_ones_own) {
  run([](EchoSetup setup) -> Task<> {
    Pipe<EchoResponse> pipe = make_pipe<EchoResponse>();
    int count = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        while (true) {
          std::optional<EchoResponse> response = co_await pipe.receiver.receive();
          if (!response) co_return;
          ++count;
        }
      });
      co_await setup.client->Expand(counted_request("m", 20), std::move(pipe.sender));
    });
    EXPECT_EQ(count, 20);
  });
}

TEST_P(GrpcTypedStream, client_stream_collects_what_was_sent_until_close) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto upload = open(scope, *setup.client, &EchoService::Collect);
      std::string all;
      for (int i = 0; i < 100; ++i) {
        all += std::to_string(i);
        co_await upload.requests.send(echo_request(std::to_string(i)));
      }
      upload.requests.close();
      std::optional<EchoResponse> response = co_await upload.response.receive();
      EXPECT_TRUE(response.has_value());
      if (!response) co_return;
      EXPECT_EQ(response->number(), 100);
      EXPECT_EQ(response->text(), all);
    });
  });
}

TEST_P(GrpcTypedStream, client_stream_without_messages_gives_a_response) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto upload = open(scope, *setup.client, &EchoService::Collect);
      upload.requests.close();
      std::optional<EchoResponse> response = co_await upload.response.receive();
      EXPECT_TRUE(response && response->number() == 0);
    });
  });
}

TEST_P(GrpcTypedStream, client_stream_that_the_service_refuses_fails_before_it_is_closed) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto upload = open(scope, *setup.client, &EchoService::Collect);
      EchoRequest request = echo_request("too much");
      request.set_fail_code(8);
      co_await upload.requests.send(request);
      Result<std::optional<EchoResponse>> response = co_await upload.response.receive().result();
      EXPECT_FALSE(response);
      if (!response) EXPECT_EQ(response.error().code(), Code::kResourceExhausted);
      // The sender learns of it as well, at the latest when nothing more fits on the way.
      bool refused = false;
      for (int i = 0; i < 1000 && !refused; ++i) {
        Result<> sent = co_await upload.requests.send(echo_request("more")).result();
        refused = !sent.has_value();
      }
      EXPECT_TRUE(refused);
    });
  });
}

TEST_P(GrpcTypedStream, half_an_upload_is_no_upload) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto upload = open(scope, *setup.client, &EchoService::Collect);
      co_await upload.requests.send(echo_request("first half"));
      {
        Sender<EchoRequest> goes_without_close = std::move(upload.requests);
      }
      Result<std::optional<EchoResponse>> response = co_await upload.response.receive().result();
      EXPECT_FALSE(response);
      if (!response) EXPECT_EQ(response.error().code(), Code::kCancelled);
    });
    const bool ended = co_await eventually([&] { return setup.implementation->running() == 0; });
    EXPECT_TRUE(ended);
  });
}

TEST_P(GrpcTypedStream, both_directions_play_ping_pong) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto chat = open(scope, *setup.client, &EchoService::Chat);
      for (int i = 0; i < 50; ++i) {
        co_await chat.requests.send(echo_request(std::to_string(i)));
        std::optional<EchoResponse> response = co_await chat.responses.receive();
        EXPECT_TRUE(response && response->text() == std::to_string(i) && response->number() == i);
      }
      chat.requests.close();
      std::optional<EchoResponse> end = co_await chat.responses.receive();
      EXPECT_FALSE(end.has_value());
    });
  });
}

TEST_P(GrpcTypedStream, both_directions_flow_at_the_same_time) {
  run([](EchoSetup setup) -> Task<> {
    constexpr int kMessages = 3000;
    int received = 0;
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto chat = open(scope, *setup.client, &EchoService::Chat);
      scope.go([&chat]() -> Task<> {
        for (int i = 0; i < kMessages; ++i) co_await chat.requests.send(echo_request(std::string(100, 'x')));
        chat.requests.close();
      });
      while (true) {
        std::optional<EchoResponse> response = co_await chat.responses.receive();
        if (!response) break;
        EXPECT_EQ(response->number(), received++);
      }
    });
    EXPECT_EQ(received, kMessages);
  });
}

TEST_P(GrpcTypedStream, error_in_a_conversation_comes_after_the_answers_before_it) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto chat = open(scope, *setup.client, &EchoService::Chat);
      co_await chat.requests.send(echo_request("fine"));
      EchoRequest bad = echo_request("bad");
      bad.set_fail_code(3);
      co_await chat.requests.send(bad);
      std::optional<EchoResponse> response = co_await chat.responses.receive();
      EXPECT_TRUE(response.has_value());
      Result<std::optional<EchoResponse>> end = co_await chat.responses.receive().result();
      EXPECT_FALSE(end);
      if (!end) EXPECT_EQ(end.error().code(), Code::kInvalidArgument);
    });
  });
}

TEST_P(GrpcTypedStream, panic_in_a_stream_is_internal) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_scope([&](Scope& scope) -> Task<> {
      auto chat = open(scope, *setup.client, &EchoService::Chat);
      EchoRequest bad = echo_request("bad");
      bad.set_panic(true);
      co_await chat.requests.send(bad);
      Result<std::optional<EchoResponse>> end = co_await chat.responses.receive().result();
      EXPECT_FALSE(end);
      if (!end) EXPECT_EQ(end.error().code(), Code::kInternal);
    });
  });
}

TEST_P(GrpcTypedStream, deadline_ends_a_conversation_on_both_sides) {
  run([](EchoSetup setup) -> Task<> {
    Pipe<EchoRequest> requests = make_pipe<EchoRequest>();
    Pipe<EchoResponse> responses = make_pipe<EchoResponse>();
    Result<> outcome =
        co_await with_timeout(30ms, setup.client->Chat(std::move(requests.receiver), std::move(responses.sender)))
            .result();
    EXPECT_FALSE(outcome);
    if (!outcome) EXPECT_EQ(outcome.error().code(), Code::kDeadlineExceeded);
    const bool ended = co_await eventually([&] { return setup.implementation->running() == 0; });
    EXPECT_TRUE(ended);
    Result<std::optional<EchoResponse>> end = co_await responses.receiver.receive().result();
    EXPECT_FALSE(end);
  });
}

}  // namespace
}  // namespace skerry::grpc
