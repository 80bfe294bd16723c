// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/timeout.h"
#include "skerry/grpc/call.h"
#include "skerry/grpc/typed_suite.h"

namespace skerry::grpc {
namespace {

using namespace std::chrono_literals;
using testing::EchoRequest;
using testing::EchoResponse;

INSTANTIATE_TEST_SUITE_P(Unary, GrpcTyped, ::testing::ValuesIn(echo_transports()),
                         [](const auto& info) { return info.param.name; });

TEST_P(GrpcTyped, unary_call_gives_the_response) {
  run([](EchoSetup setup) -> Task<> {
    EchoResponse response = co_await setup.client->Echo(echo_request("hello"));
    EXPECT_EQ(response.text(), "hello");
    EXPECT_EQ(setup.implementation->started(), 1);
  });
}

TEST_P(GrpcTyped, error_arrives_with_code_message_and_details_and_without_its_cause) {
  run([](EchoSetup setup) -> Task<> {
    EchoRequest request = echo_request("no \xc3\xbcser, 100%");
    request.set_fail_code(5);
    Result<EchoResponse> response = co_await setup.client->Echo(request).result();
    EXPECT_FALSE(response);
    if (response) co_return;
    EXPECT_EQ(response.error(), Error::not_found("no \xc3\xbcser, 100%").with_detail("field", "text"));
    EXPECT_EQ(response.error().cause(), nullptr);
  });
}

TEST_P(GrpcTyped, every_code_arrives) {
  run([](EchoSetup setup) -> Task<> {
    for (int code = 1; code <= 16; ++code) {
      EchoRequest request = echo_request("m");
      request.set_fail_code(code);
      Result<EchoResponse> response = co_await setup.client->Echo(request).result();
      EXPECT_FALSE(response);
      if (!response) EXPECT_EQ(response.error().code(), code_from_number(code));
    }
  });
}

TEST_P(GrpcTyped, panic_is_internal_and_the_service_goes_on) {
  run([](EchoSetup setup) -> Task<> {
    EchoRequest request = echo_request("m");
    request.set_panic(true);
    Result<EchoResponse> response = co_await setup.client->Echo(request).result();
    EXPECT_FALSE(response);
    if (response) co_return;
    EXPECT_EQ(response.error().code(), Code::kInternal);
    EXPECT_EQ(response.error().message().find("asked for it"), std::string::npos);
    EchoResponse next = co_await setup.client->Echo(echo_request("next"));
    EXPECT_EQ(next.text(), "next");
  });
}

TEST_P(GrpcTyped, method_that_is_not_overridden_is_unimplemented) {
  run([](EchoSetup setup) -> Task<> {
    Result<EchoResponse> response = co_await setup.client->Missing(echo_request("m")).result();
    EXPECT_FALSE(response);
    if (!response) EXPECT_EQ(response.error().code(), Code::kUnimplemented);
  });
}

TEST_P(GrpcTyped, deadline_ends_the_call_on_both_sides) {
  run([](EchoSetup setup) -> Task<> {
    EchoRequest request = echo_request("late");
    request.set_delay_ms(60'000);
    Result<EchoResponse> response = co_await with_timeout(30ms, setup.client->Echo(request)).result();
    EXPECT_FALSE(response);
    if (!response) EXPECT_EQ(response.error().code(), Code::kDeadlineExceeded);
    const bool ended = co_await eventually([&] { return setup.implementation->running() == 0; });
    EXPECT_TRUE(ended);
    EXPECT_EQ(setup.implementation->started(), 1);
  });
}

TEST_P(GrpcTyped, remaining_time_reaches_the_service) {
  run([](EchoSetup setup) -> Task<> {
    co_await with_timeout(5s, setup.client->Echo(echo_request("m")));
    EXPECT_GT(setup.implementation->last_time_left(), 1s);
    EXPECT_LE(setup.implementation->last_time_left(), 5s);
    co_await setup.client->Echo(echo_request("m"));
    EXPECT_LT(setup.implementation->last_time_left(), 0s);
  });
}

TEST_P(GrpcTyped, deadline_that_has_passed_fails_without_a_call) {
  run([](EchoSetup setup) -> Task<> {
    Result<EchoResponse> response =
        co_await with_deadline(std::chrono::steady_clock::now() - 1s, setup.client->Echo(echo_request("m"))).result();
    if (!response) EXPECT_EQ(response.error().code(), Code::kDeadlineExceeded);
  });
}

TEST_P(GrpcTyped, cancelled_caller_cancels_the_service) {
  run([](EchoSetup setup) -> Task<> {
    EchoRequest request = echo_request("never");
    request.set_delay_ms(60'000);
    Result<> outcome = co_await with_scope([&](Scope& scope) -> Task<> {
                         scope.go([&]() -> Task<> { co_await setup.client->Echo(request); });
                         const bool began = co_await eventually([&] { return setup.implementation->running() == 1; });
                         EXPECT_TRUE(began);
                         scope.cancel();
                       }).result();
    EXPECT_FALSE(outcome);
    const bool ended = co_await eventually([&] { return setup.implementation->running() == 0; });
    EXPECT_TRUE(ended);
  });
}

TEST_P(GrpcTyped, metadata_travels_both_ways) {
  run([](EchoSetup setup) -> Task<> {
    ResponseMetadata received;
    const std::string bytes("\0\xff,\n", 4);
    CallOptions options{.metadata = {{"x-echo", "there and back"}, {"x-echo-trailer-bin", bytes}},
                        .received = &received};
    co_await with_options(options, setup.client->Echo(echo_request("m")));
    EXPECT_EQ(received.headers.find("x-echo"), "there and back");
    EXPECT_EQ(received.trailers.find("x-echo-trailer-bin"), bytes);
  });
}

TEST_P(GrpcTyped, metadata_comes_with_an_error_too) {
  run([](EchoSetup setup) -> Task<> {
    ResponseMetadata received;
    EchoRequest request = echo_request("m");
    request.set_fail_code(9);
    CallOptions options{.metadata = {{"x-echo", "header"}, {"x-echo-trailer-bin", "trailer"}}, .received = &received};
    Result<EchoResponse> response = co_await with_options(options, setup.client->Echo(request)).result();
    EXPECT_FALSE(response);
    EXPECT_EQ(received.trailers.find("x-echo-trailer-bin"), "trailer");
  });
}

TEST_P(GrpcTyped, nested_options_add_up) {
  run([](EchoSetup setup) -> Task<> {
    ResponseMetadata received;
    auto inner = with_metadata({{"x-echo", "inner"}}, setup.client->Echo(echo_request("m")));
    co_await with_options({.metadata = {{"x-echo-trailer-bin", "outer"}}, .received = &received}, std::move(inner));
    EXPECT_EQ(received.headers.find("x-echo"), "inner");
    EXPECT_EQ(received.trailers.find("x-echo-trailer-bin"), "outer");
    co_await setup.client->Echo(echo_request("after the options"));
  });
}

TEST_P(GrpcTyped, metadata_that_cannot_be_sent_fails_the_call) {
  run([](EchoSetup setup) -> Task<> {
    for (const Metadata& bad : {Metadata{{"grpc-status", "0"}}, Metadata{{"x", "a\r\nb: c"}}}) {
      Result<EchoResponse> response = co_await with_metadata(bad, setup.client->Echo(echo_request("m"))).result();
      EXPECT_FALSE(response);
      if (!response) EXPECT_EQ(response.error().code(), Code::kInvalidArgument);
    }
    EXPECT_EQ(setup.implementation->started(), 0);
  });
}

TEST_P(GrpcTyped, calls_run_at_the_same_time) {
  run([](EchoSetup setup) -> Task<> {
    constexpr int kCalls = 200;
    int answered = 0;
    const auto began = std::chrono::steady_clock::now();
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < kCalls; ++i) {
        scope.go([&, i]() -> Task<> {
          EchoRequest request = echo_request(std::to_string(i));
          request.set_delay_ms(100);
          EchoResponse response = co_await setup.client->Echo(request);
          if (response.text() == std::to_string(i)) ++answered;
        });
      }
      co_return;
    });
    EXPECT_EQ(answered, kCalls);
    EXPECT_LT(std::chrono::steady_clock::now() - began, kCalls * 100ms / 2);
  });
}

TEST_P(GrpcTyped, large_message_arrives_whole) {
  run([](EchoSetup setup) -> Task<> {
    std::string text(1'000'000, 'x');
    for (std::size_t i = 0; i < text.size(); i += 997) text[i] = static_cast<char>('a' + i % 26);
    EchoResponse response = co_await setup.client->Echo(echo_request(text));
    EXPECT_EQ(response.text(), text);
  });
}

TEST_P(GrpcTyped, empty_message_arrives) {
  run([](EchoSetup setup) -> Task<> {
    EchoResponse response = co_await setup.client->Echo(EchoRequest());
    EXPECT_EQ(response.text(), "");
  });
}

}  // namespace
}  // namespace skerry::grpc
