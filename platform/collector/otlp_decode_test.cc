// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/otlp_decode.h"

#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "platform/collector/test_spans.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::collector {
namespace {

using opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse;

// The example request of OTLP's documentation, with every kind of value added.
constexpr std::string_view kJsonRequest = R"({
  "resourceSpans": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
    "scopeSpans": [{
      "scope": {"name": "my.library", "version": "1.0.0"},
      "spans": [{
        "traceId": "5B8EFFF798038103D269B633813FC60C",
        "spanId": "eee19b7ec3c1b174",
        "parentSpanId": "eee19b7ec3c1b173",
        "name": "I'm a server span",
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": 1544712661000000000,
        "kind": 2,
        "flags": 257,
        "attributes": [
          {"key": "text", "value": {"stringValue": "value"}},
          {"key": "whole", "value": {"intValue": "-7"}},
          {"key": "number", "value": {"doubleValue": 1.5}},
          {"key": "flag", "value": {"boolValue": true}},
          {"key": "list", "value": {"arrayValue": {"values": [{"intValue": 1}]}}},
          {"key": "bytes", "value": {"bytesValue": "AAEC"}}
        ],
        "events": [{"timeUnixNano": "1544712660500000000", "name": "event"}],
        "links": [{"traceId": "5b8efff798038103d269b633813fc60d", "spanId": "eee19b7ec3c1b175"}],
        "status": {"code": 2, "message": "broken"},
        "fieldOfTheFuture": {"a": [1, 2]}
      }]
    }]
  }]
})";

TEST(OtlpDecode, reads_json_with_hexadecimal_ids_and_numeric_enums) {
  const Result<OtlpTraceRequest> request = decode_trace_request(kJsonRequest, OtlpEncoding::kJson);
  ASSERT_TRUE(request.has_value()) << request.error().to_string();
  const auto& scope_spans = request->resource_spans(0).scope_spans(0);
  EXPECT_EQ(scope_spans.scope().version(), "1.0.0");
  const OtlpSpan& span = scope_spans.spans(0);
  EXPECT_EQ(hex_encode(span.trace_id()), "5b8efff798038103d269b633813fc60c");
  EXPECT_EQ(hex_encode(span.span_id()), "eee19b7ec3c1b174");
  EXPECT_EQ(hex_encode(span.parent_span_id()), "eee19b7ec3c1b173");
  EXPECT_EQ(hex_encode(span.links(0).trace_id()), "5b8efff798038103d269b633813fc60d");
  EXPECT_EQ(hex_encode(span.links(0).span_id()), "eee19b7ec3c1b175");
  EXPECT_EQ(span.kind(), OtlpSpan::SPAN_KIND_SERVER);
  EXPECT_EQ(span.start_time_unix_nano(), 1544712660000000000U);
  EXPECT_EQ(span.end_time_unix_nano(), 1544712661000000000U);
  EXPECT_EQ(span.flags(), 257U);
  EXPECT_EQ(span.status().code(), opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
  EXPECT_EQ(span.attributes(1).value().int_value(), -7);
  EXPECT_EQ(span.attributes(5).value().bytes_value(), std::string("\0\1\2", 3));
}

TEST(OtlpDecode, json_and_protobuf_give_the_same) {
  const OtlpTraceRequest from_json = decode_trace_request(kJsonRequest, OtlpEncoding::kJson).value();
  const auto from_protobuf = decode_trace_request(from_json.SerializeAsString(), OtlpEncoding::kProtobuf);
  ASSERT_TRUE(from_protobuf.has_value());
  EXPECT_EQ(from_protobuf->SerializeAsString(), from_json.SerializeAsString());
}

TEST(OtlpDecode, an_id_that_is_none_comes_out_empty_and_spoils_nothing_else) {
  for (const char* id : {"zzzz", "5b8efff798038103d269b633813f", "5b8efff798038103d269b633813fc6-_", ""}) {
    const std::string json = R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":")" + std::string(id) +
                             R"(","spanId":"eee19b7ec3c1b174"},{"traceId":"5b8efff798038103d269b633813fc60c"}]}]}]})";
    const Result<OtlpTraceRequest> request = decode_trace_request(json, OtlpEncoding::kJson);
    ASSERT_TRUE(request.has_value()) << id;
    const auto& spans = request->resource_spans(0).scope_spans(0).spans();
    EXPECT_NE(spans[0].trace_id().size(), 16U) << id;
    EXPECT_EQ(spans[1].trace_id().size(), 16U);
  }
}

TEST(OtlpDecode, refuses_what_is_no_request) {
  for (const char* body : {"", "[]", "{", R"({"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]})",
                           R"({"resourceSpans":[{"resource":7}]})", "\xFF"}) {
    const auto request = decode_trace_request(body, OtlpEncoding::kJson);
    ASSERT_FALSE(request.has_value()) << body;
    EXPECT_EQ(request.error().code(), Code::kInvalidArgument);
  }
  EXPECT_FALSE(decode_trace_request("\x0A\x05short", OtlpEncoding::kProtobuf).has_value() &&
               decode_trace_request("\x0A\xFF", OtlpEncoding::kProtobuf).has_value());
  EXPECT_TRUE(decode_trace_request("", OtlpEncoding::kProtobuf).has_value()) << "an empty request is one";
}

TEST(OtlpDecode, refuses_values_nested_without_end) {
  std::string value = R"({"stringValue":"x"})";
  for (int i = 0; i < 5000; ++i) value.insert(0, R"({"arrayValue":{"values":[)").append("]}}");
  const std::string json = R"({"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":)" + value + "}]}}]}";
  EXPECT_FALSE(decode_trace_request(json, OtlpEncoding::kJson).has_value());
  OtlpTraceRequest request;
  OtlpValue* inner = request.add_resource_spans()->mutable_resource()->add_attributes()->mutable_value();
  for (int i = 0; i < 5000; ++i) inner = inner->mutable_array_value()->add_values();
  EXPECT_FALSE(decode_trace_request(request.SerializeAsString(), OtlpEncoding::kProtobuf).has_value());
}

TEST(OtlpDecode, refuses_more_than_the_limit) {
  EXPECT_FALSE(decode_trace_request(std::string(kMaxExportBytes + 1, ' '), OtlpEncoding::kJson).has_value());
}

TEST(OtlpResponse, says_what_was_rejected) {
  const AppendOutcome outcome{.accepted = 1, .rejected = 3, .message = "too \"large\""};
  ExportTraceServiceResponse response;
  ASSERT_TRUE(response.ParseFromString(encode_trace_response(outcome, OtlpEncoding::kProtobuf)));
  EXPECT_EQ(response.partial_success().rejected_spans(), 3);
  EXPECT_EQ(encode_trace_response(outcome, OtlpEncoding::kJson),
            R"({"partialSuccess":{"rejectedSpans":"3","errorMessage":"too \"large\""}})");
}

TEST(OtlpResponse, is_empty_for_full_success) {
  EXPECT_EQ(encode_trace_response({.accepted = 2}, OtlpEncoding::kProtobuf), "");
  EXPECT_EQ(encode_trace_response({.accepted = 2}, OtlpEncoding::kJson), "{}");
}

TEST(OtlpResponse, an_error_is_a_status_message) {
  const Error error = Error::invalid_argument("no request");
  EXPECT_EQ(encode_otlp_error(error, OtlpEncoding::kJson), R"({"code":3,"message":"no request"})");
  EXPECT_EQ(encode_otlp_error(error, OtlpEncoding::kProtobuf), "\x08\x03\x12\x0Ano request");
}

}  // namespace
}  // namespace skerry::platform::collector
