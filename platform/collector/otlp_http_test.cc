// SPDX-License-Identifier: Apache-2.0
//
// OTLP over HTTP, over real sockets (https://opentelemetry.io/docs/specs/otlp/#otlphttp).
#include <gtest/gtest.h>

#include "platform/collector/collector_fixture.h"
#include "platform/collector/otlp_decode.h"
#include "skerry/async/channel.h"
#include "skerry/async/go.h"
#include "skerry/async/scope.h"
#include "skerry/grpc/compression.h"

namespace skerry::platform::collector {
namespace {

using fixtures::Answer;
using fixtures::kJson;
using fixtures::kProtobuf;
using fixtures::make_request;
using ExportResponse = opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;

constexpr std::string_view kJsonExport = R"({"resourceSpans":[{
  "resource":{"attributes":[{"key":"service.name","value":{"stringValue":"order"}}]},
  "scopeSpans":[{"scope":{"name":"test"},"spans":[{
    "traceId":"aa000000000000000000000000000001","spanId":"0000000000000001","name":"from json","kind":2,
    "startTimeUnixNano":"1000000000","endTimeUnixNano":"2000000000"}]}]}]})";

class OtlpHttpTest : public fixtures::CollectorFixture {
 protected:
  static std::string one_span(std::uint64_t trace) {
    return make_request("order", {{.trace = trace}}).SerializeAsString();
  }
};

TEST_F(OtlpHttpTest, takes_protobuf_and_answers_in_protobuf) {
  run([this]() -> Task<> {
    const Answer answer = co_await post(one_span(1), kProtobuf);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.get("content-type"), kProtobuf);
    ExportResponse response;
    EXPECT_TRUE(response.ParseFromString(answer.body));
    EXPECT_FALSE(response.has_partial_success());
    co_await expect_spans(1, 1);
  });
}

TEST_F(OtlpHttpTest, takes_json_and_answers_in_json) {
  run([this]() -> Task<> {
    const Answer answer = co_await post(std::string(kJsonExport), "application/json; charset=utf-8");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.get("content-type"), kJson);
    EXPECT_EQ(answer.body, "{}");
    const boost::json::value traces = co_await data("/api/traces/aa000000000000000000000000000001");
    EXPECT_EQ(traces.at(0).at("spans").at(0).at("operationName").as_string(), "from json");
  });
}

TEST_F(OtlpHttpTest, takes_compressed_bodies_of_both_encodings) {
  run([this]() -> Task<> {
    const std::string zipped = grpc::compress(grpc::Compression::kGzip, one_span(2));
    const std::string zipped_json = grpc::compress(grpc::Compression::kGzip, kJsonExport);
    const std::string deflated = grpc::compress(grpc::Compression::kDeflate, one_span(3));
    co_await expect_post(200, zipped, kProtobuf, "gzip");
    co_await expect_post(200, zipped_json, kJson, "gzip");
    co_await expect_post(200, deflated, kProtobuf, "deflate");
    for (std::uint64_t trace = 1; trace <= 3; ++trace) co_await expect_spans(trace, 1);
  });
}

TEST_F(OtlpHttpTest, malformed_bodies_are_400_with_a_status_message_and_store_nothing) {
  run([this]() -> Task<> {
    const std::string whole = one_span(1);
    const Answer cut = co_await post(whole.substr(0, whole.size() - 3), kProtobuf);
    EXPECT_EQ(cut.status, 400);
    EXPECT_EQ(cut.headers.get("content-type"), kProtobuf);
    EXPECT_EQ(cut.body.substr(0, 3), "\x08\x03\x12") << "google.rpc.Status with INVALID_ARGUMENT";
    const Answer no_json = co_await post("{\"resourceSpans\":[", kJson);
    EXPECT_EQ(no_json.status, 400);
    const boost::json::value status = co_await parse_json_value(no_json.body);
    EXPECT_EQ(status.at("code").to_number<int>(), 3);
    EXPECT_FALSE(status.at("message").as_string().empty());
    co_await expect_post(400, whole, kProtobuf, "gzip");
    co_await expect_post(400, whole, kJson);
    EXPECT_EQ(collector_->store().statistics().stored_spans, 0U);
  });
}

TEST_F(OtlpHttpTest, other_types_methods_and_paths_are_refused) {
  run([this]() -> Task<> {
    co_await expect_post(415, one_span(1), "text/plain");
    co_await expect_post(415, one_span(1), "");
    co_await expect_post(415, one_span(1), kProtobuf, "br");
    http::Request read;
    read.target = "/v1/traces";
    const Answer wrong_method = co_await send(endpoints_.otlp_http, std::move(read));
    EXPECT_EQ(wrong_method.status, 405);
    EXPECT_EQ(wrong_method.headers.get("allow"), "POST");
    http::Request elsewhere;
    elsewhere.method = "POST";
    elsewhere.target = "/v1/profiles";
    const Answer unknown = co_await send(endpoints_.otlp_http, std::move(elsewhere));
    EXPECT_EQ(unknown.status, 404);
  });
}

TEST_F(OtlpHttpTest, a_body_over_the_limit_is_413_before_and_after_decompression) {
  run([this]() -> Task<> {
    co_await expect_post(413, std::string(kMaxExportBytes + 1, 'x'), kProtobuf);
    co_await expect_post(413, std::string(3 * kMaxExportBytes, 'x'), kProtobuf);
    const std::string bomb = grpc::compress(grpc::Compression::kGzip, std::string(kMaxExportBytes + 1, 'x'));
    EXPECT_LT(bomb.size(), 100'000U);
    co_await expect_post(413, bomb, kProtobuf, "gzip");
  });
}

TEST_F(OtlpHttpTest, spans_that_can_never_be_stored_are_a_partial_success) {
  run([this]() -> Task<> {
    auto request = make_request("order", {{.trace = 1, .span = 1}, {.trace = 1, .span = 2}});
    request.mutable_resource_spans(0)->mutable_scope_spans(0)->mutable_spans(1)->set_trace_id("short");
    const Answer answer = co_await post(request.SerializeAsString(), kProtobuf);
    EXPECT_EQ(answer.status, 200);
    ExportResponse response;
    EXPECT_TRUE(response.ParseFromString(answer.body));
    EXPECT_EQ(response.partial_success().rejected_spans(), 1);
    EXPECT_FALSE(response.partial_success().error_message().empty());
    co_await expect_spans(1, 1);
  });
}

TEST_F(OtlpHttpTest, a_batch_of_many_spans_is_stored_whole) {
  run([this]() -> Task<> {
    std::vector<fixtures::SpanSpec> specs;
    for (std::uint64_t i = 1; i <= 10'000; ++i) specs.push_back({.trace = 1 + i % 100, .span = i, .start = i});
    co_await expect_post(200, make_request("order", specs).SerializeAsString(), kProtobuf);
    co_await expect_spans(7, 100);
    EXPECT_EQ(collector_->store().statistics().stored_spans, 10'000U);
  });
}

TEST_F(OtlpHttpTest, requests_past_the_limit_are_told_to_come_back) {
  options_.receiver.max_exports_in_progress = 1;
  run([this]() -> Task<> {
    http::RequestHead head;
    head.method = "POST";
    head.target = "/v1/traces";
    head.authority = endpoints_.otlp_http.to_string();
    co_await head.headers.add("content-type", kProtobuf);
    const std::string body = one_span(1);
    // Neither gives its place up before its body has come, so one is refused.
    std::vector<http::Exchange> slow;
    for (int i = 0; i < 2; ++i) {
      slow.push_back(co_await client_->open(head));
      co_await slow.back().write(body.substr(0, 5));
    }
    Channel<std::pair<std::size_t, http::ResponseHead>> answers(2);
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (std::size_t i = 0; i < slow.size(); ++i)
        scope.go([&, i]() -> Task<> { co_await answers.send({i, co_await slow[i].head()}); });
      const auto busy = *co_await answers.receive();
      EXPECT_EQ(busy.second.status, 503);
      EXPECT_EQ(busy.second.headers.get("retry-after"), "1");
      http::Exchange& accepted = slow[1 - busy.first];
      co_await accepted.write(body.substr(5));
      co_await accepted.finish();
      const auto stored = *co_await answers.receive();
      EXPECT_EQ(stored.second.status, 200);
    });
    co_await expect_spans(1, 1);
    co_await expect_post(200, one_span(3), kProtobuf);
  });
}

}  // namespace
}  // namespace skerry::platform::collector
