// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/wire_suite.h"

namespace skerry::grpc {
namespace {

http::Request json_request(const WireSetup& setup, std::string_view method, std::string body) {
  http::Request request = setup.grpc_request(method, std::move(body));
  EXPECT_TRUE(request.headers.set("content-type", "application/json; charset=utf-8"));
  return request;
}

TEST(GrpcServerJson, unary_method_answers_json_over_both_versions_of_http) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    for (http::Client* client : {setup.http1, setup.http2}) {
      WireAnswer answer = co_await exchange_wire(*client, json_request(setup, "Echo", R"({"text": "hello"})"));
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(answer.headers.get("content-type"), "application/json");
      EXPECT_EQ(answer.body, R"({"text":"hello","number":0})");
    }
  });
}

TEST(GrpcServerJson, error_has_its_http_status_and_the_one_error_form) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    WireAnswer answer =
        co_await exchange_wire(*setup.http1, json_request(setup, "Echo", R"({"text": "no u9", "failCode": 5})"));
    EXPECT_EQ(answer.status, 404);
    EXPECT_NE(answer.body.find(R"("code":"NOT_FOUND")"), std::string::npos) << answer.body;
    EXPECT_NE(answer.body.find("no u9"), std::string::npos);
    EXPECT_EQ(answer.body.find("secret"), std::string::npos);
  });
}

TEST(GrpcServerJson, malformed_json_is_400_and_names_the_field) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    for (const auto* body : {R"({"delayMs": "soon"})", R"({"colour": 1})", "{", "", "[1]"}) {
      WireAnswer answer = co_await exchange_wire(*setup.http1, json_request(setup, "Echo", body));
      EXPECT_EQ(answer.status, 400) << body;
    }
    WireAnswer answer = co_await exchange_wire(*setup.http1, json_request(setup, "Echo", R"({"colour": 1})"));
    EXPECT_NE(answer.body.find("colour"), std::string::npos);
    EXPECT_EQ(setup.implementation->started(), 0);
  });
}

TEST(GrpcServerJson, unknown_paths_streams_and_methods_are_told_apart) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    WireAnswer answer = co_await exchange_wire(*setup.http1, json_request(setup, "Nothing", "{}"));
    EXPECT_EQ(answer.status, 404);
    answer = co_await exchange_wire(*setup.http1, json_request(setup, "Expand", "{}"));
    EXPECT_EQ(answer.status, 501);
    http::Request put = json_request(setup, "Echo", "{}");
    put.method = "PUT";
    answer = co_await exchange_wire(*setup.http1, std::move(put));
    EXPECT_EQ(answer.status, 405);
  });
}

TEST(GrpcServerJson, body_over_the_limit_is_413) {
  run_wire_test(
      [](WireSetup& setup) -> Task<> {
        WireAnswer answer = co_await exchange_wire(
            *setup.http1, json_request(setup, "Echo", R"({"text": ")" + std::string(2000, 'x') + R"("})"));
        EXPECT_EQ(answer.status, 413);
      },
      {.receive_message_bytes_max = 1000});
}

TEST(GrpcServerJson, panic_is_500_and_the_service_goes_on) {
  run_wire_test([](WireSetup& setup) -> Task<> {
    WireAnswer answer = co_await exchange_wire(*setup.http1, json_request(setup, "Echo", R"({"panic": true})"));
    EXPECT_EQ(answer.status, 500);
    answer = co_await exchange_wire(*setup.http1, json_request(setup, "Echo", R"({"text": "on"})"));
    EXPECT_EQ(answer.status, 200);
  });
}

}  // namespace
}  // namespace skerry::grpc
