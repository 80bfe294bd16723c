// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/method.h"

#include <gtest/gtest.h>

namespace skerry::grpc {
namespace {

TEST(GrpcMethod, service_and_name_are_parts_of_the_path) {
  constexpr Method method{"/shop.v1.UserService/GetUser", MethodKind::kUnary};
  EXPECT_EQ(method.service(), "shop.v1.UserService");
  EXPECT_EQ(method.name(), "GetUser");
}

TEST(GrpcMethod, path_is_cut_into_service_and_method) {
  const auto path = parse_method_path("/pkg.Service/Method");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->service, "pkg.Service");
  EXPECT_EQ(path->method, "Method");
}

TEST(GrpcMethod, path_of_another_form_is_refused) {
  for (const auto* path : {"", "/", "//", "/a", "/a/", "//b", "a/b", "/a/b/", "/a/b/c", "/a/b?x=1", "/a/b#c"}) {
    EXPECT_FALSE(parse_method_path(path).has_value()) << path;
  }
}

TEST(GrpcMethod, content_type_tells_grpc_from_json_and_the_rest) {
  for (const auto* grpc : {"application/grpc", "application/grpc+proto", "Application/GRPC", "application/grpc; a=b",
                           "application/grpc+proto ;charset=utf-8"}) {
    EXPECT_EQ(parse_content_type(grpc), ContentKind::kGrpc) << grpc;
  }
  for (const auto* json : {"application/json", "application/json; charset=utf-8", "APPLICATION/JSON"}) {
    EXPECT_EQ(parse_content_type(json), ContentKind::kJson) << json;
  }
  for (const auto* other : {"", "text/plain", "application/grpc-web", "application/grpc+json", "application/grpcx",
                            "application/jsonp", " application/grpc"}) {
    EXPECT_EQ(parse_content_type(other), ContentKind::kOther) << other;
  }
}

TEST(GrpcMethod, kinds_have_names) {
  EXPECT_EQ(method_kind_name(MethodKind::kUnary), "unary");
  EXPECT_EQ(method_kind_name(MethodKind::kServerStream), "server_stream");
  EXPECT_EQ(method_kind_name(MethodKind::kClientStream), "client_stream");
  EXPECT_EQ(method_kind_name(MethodKind::kBidirectional), "bidi_stream");
}

}  // namespace
}  // namespace skerry::grpc
