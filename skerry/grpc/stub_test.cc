// SPDX-License-Identifier: Apache-2.0
//
// What generated clients hand to a channel, seen from a channel that makes the call by itself.
#include "skerry/grpc/stub.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/grpc/pipe.h"
#include "skerry/grpc/testing/echo_service.h"

namespace skerry::grpc {
namespace {

using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoService;

using StubBehaviour = std::function<Task<>(ClientCall& call)>;

class ScriptedChannel final : public Channel {
 public:
  explicit ScriptedChannel(StubBehaviour behaviour) : behaviour_(std::move(behaviour)) {}

 private:
  Task<> transmit(ClientCall& call) override { return behaviour_(call); }
  StubBehaviour behaviour_;
};

void run_stub_test(StubBehaviour behaviour, std::function<Task<>(std::shared_ptr<EchoService>)> body) {
  Runtime runtime({.workers = 1});
  std::shared_ptr<EchoService> client =
      ServiceTraits<EchoService>::make_client(std::make_shared<ScriptedChannel>(std::move(behaviour)));
  const Result<> outcome = runtime.run([&] { return body(client); });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

std::string response_bytes(std::string text) {
  EchoResponse response;
  response.set_text(std::move(text));
  return response.SerializeAsString();
}

TEST(GrpcStub, unary_call_has_its_method_both_messages_and_no_streams) {
  run_stub_test(
      [](ClientCall& call) -> Task<> {
        EXPECT_EQ(call.method.path, "/skerry.testing.EchoService/Echo");
        EXPECT_EQ(call.requests, nullptr);
        EXPECT_EQ(call.responses, nullptr);
        EXPECT_TRUE(call.arguments.response->ParseFromString(call.arguments.request->SerializeAsString()));
        co_return;
      },
      [](std::shared_ptr<EchoService> client) -> Task<> {
        EchoRequest request;
        request.set_text("mirror");
        EchoResponse response = co_await client->Echo(request);
        EXPECT_EQ(response.text(), "mirror");
      });
}

TEST(GrpcStub, responses_of_a_stream_are_pushed_as_bytes_and_end_with_the_call) {
  run_stub_test(
      [](ClientCall& call) -> Task<> {
        const std::string first = response_bytes("one");
        co_await call.responses->push(first);
        const std::string second = response_bytes("two");
        co_await call.responses->push(second);
      },
      [](std::shared_ptr<EchoService> client) -> Task<> {
        auto [sender, receiver] = make_pipe<EchoResponse>();
        co_await client->Expand(EchoRequest(), std::move(sender));
        for (const std::string expected : {"one", "two"}) {
          std::optional<EchoResponse> response = co_await receiver.receive();
          EXPECT_TRUE(response.has_value());
          if (response) EXPECT_EQ(response->text(), expected);
        }
        std::optional<EchoResponse> end = co_await receiver.receive();
        EXPECT_FALSE(end.has_value());
      });
}

TEST(GrpcStub, bytes_that_are_no_message_fail_the_push) {
  run_stub_test(
      [](ClientCall& call) -> Task<> {
        const std::string garbage = "\xff\xff";
        Result<> pushed = co_await call.responses->push(garbage).result();
        EXPECT_FALSE(pushed);
        if (!pushed) EXPECT_EQ(pushed.error().code(), Code::kInternal);
        co_await std::move(pushed);
      },
      [](std::shared_ptr<EchoService> client) -> Task<> {
        auto [sender, receiver] = make_pipe<EchoResponse>();
        Result<> outcome = co_await client->Expand(EchoRequest(), std::move(sender)).result();
        EXPECT_FALSE(outcome);
        Result<std::optional<EchoResponse>> end = co_await receiver.receive().result();
        EXPECT_FALSE(end);
        if (!end) EXPECT_EQ(end.error().code(), Code::kInternal);
      });
}

TEST(GrpcStub, requests_of_a_stream_come_as_frames_and_then_their_end) {
  std::vector<std::string> texts;
  run_stub_test(
      [&](ClientCall& call) -> Task<> {
        while (true) {
          std::optional<std::string> frame = co_await call.requests->next_frame();
          if (!frame) break;
          const auto message = single_frame(*frame, 1000);
          EXPECT_TRUE(message);
          EchoRequest request;
          if (message) EXPECT_TRUE(parse_message(request, message->payload));
          texts.push_back(request.text());
        }
        EXPECT_TRUE(call.arguments.response->ParseFromString(response_bytes("sum")));
      },
      [](std::shared_ptr<EchoService> client) -> Task<> {
        auto [sender, receiver] = make_pipe<EchoRequest>();
        for (const std::string text : {"a", "b"}) {
          EchoRequest request;
          request.set_text(text);
          co_await sender.send(request);
        }
        sender.close();
        EchoResponse response = co_await client->Collect(std::move(receiver));
        EXPECT_EQ(response.text(), "sum");
      });
  EXPECT_EQ(texts, (std::vector<std::string>{"a", "b"}));
}

}  // namespace
}  // namespace skerry::grpc
