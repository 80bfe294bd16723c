// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/json.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "echo.pb.h"

namespace skerry::grpc {
namespace {

TEST(GrpcJson, reads_json_names_and_proto_names) {
  testing::EchoRequest request;
  ASSERT_TRUE(message_from_json(R"({"text": "a\u00fcb", "failCode": 3, "delay_ms": "70"})", request));
  EXPECT_EQ(request.text(),
            "a\xc3\xbc"
            "b");
  EXPECT_EQ(request.fail_code(), 3);
  EXPECT_EQ(request.delay_ms(), 70);
}

TEST(GrpcJson, writes_json_names_and_default_values) {
  testing::EchoResponse response;
  response.set_text("x");
  EXPECT_EQ(message_to_json(response), R"({"text":"x","number":0})");
}

TEST(GrpcJson, error_names_the_field_with_its_path) {
  google::protobuf::DescriptorProto message;
  const auto wrong = message_from_json(R"({"field": [{}, {"number": "x"}]})", message);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), Code::kInvalidArgument);
  EXPECT_EQ(wrong.error().detail("field"), "field[1].number");
  const auto unknown = message_from_json(R"({"field": [{"color": 1}]})", message);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().detail("field"), "field[0].color");
  const auto outermost = message_from_json(R"({"color": 1})", message);
  ASSERT_FALSE(outermost);
  EXPECT_EQ(outermost.error().detail("field"), "color");
}

TEST(GrpcJson, text_that_is_no_json_object_is_an_error_without_a_field) {
  for (const auto* text : {"", "{", "[]", "null", "{\"text\":", "text", "{\"text\": \"a: b\"", "\"a: b\""}) {
    testing::EchoRequest request;
    const auto parsed = message_from_json(text, request);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), Code::kInvalidArgument);
    EXPECT_EQ(parsed.error().detail("field"), "") << text;
    EXPECT_EQ(parsed.error().message().find('\n'), std::string::npos);
  }
}

TEST(GrpcJson, message_without_a_json_form_is_internal) {
  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/does.not.Exist");
  any.set_value("x");
  EXPECT_EQ(message_to_json(any).error().code(), Code::kInternal);
}

TEST(GrpcJson, deep_nesting_is_an_error_and_no_crash) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += R"({"nestedType":[)";
  google::protobuf::DescriptorProto message;
  EXPECT_FALSE(message_from_json(text, message));
}

}  // namespace
}  // namespace skerry::grpc
