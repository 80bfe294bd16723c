// SPDX-License-Identifier: Apache-2.0
#include "skerry/otlp/endpoint.h"

#include <gtest/gtest.h>

namespace skerry::otlp {
namespace {

Endpoint endpoint_of(std::string_view text) {
  const Result<Endpoint> endpoint = Endpoint::parse(text);
  EXPECT_TRUE(endpoint.has_value()) << text;
  return endpoint.value_or(Endpoint());
}

TEST(OtlpEndpoint, a_bare_host_or_the_grpc_scheme_means_grpc) {
  EXPECT_EQ(endpoint_of("127.0.0.1:4000"), (Endpoint{Protocol::kGrpc, "127.0.0.1:4000", ""}));
  EXPECT_EQ(endpoint_of("grpc://collector:4000"), (Endpoint{Protocol::kGrpc, "collector:4000", ""}));
  EXPECT_EQ(endpoint_of("grpc://collector/"), (Endpoint{Protocol::kGrpc, "collector:4317", ""}));
  EXPECT_EQ(endpoint_of("[::1]:4000"), (Endpoint{Protocol::kGrpc, "[::1]:4000", ""}));
}

TEST(OtlpEndpoint, the_http_scheme_means_http_but_for_the_grpc_port) {
  EXPECT_EQ(endpoint_of("http://127.0.0.1:4318"), (Endpoint{Protocol::kHttp, "127.0.0.1:4318", ""}));
  EXPECT_EQ(endpoint_of("http://127.0.0.1:4318/"), (Endpoint{Protocol::kHttp, "127.0.0.1:4318", ""}));
  EXPECT_EQ(endpoint_of("http://collector"), (Endpoint{Protocol::kHttp, "collector:4318", ""}));
  EXPECT_EQ(endpoint_of("http://collector:80/a/b/"), (Endpoint{Protocol::kHttp, "collector:80", "/a/b"}));
  EXPECT_EQ(endpoint_of("http://127.0.0.1:4317"), (Endpoint{Protocol::kGrpc, "127.0.0.1:4317", ""}));
  EXPECT_EQ(endpoint_of("http://127.0.0.1:4317/base"), (Endpoint{Protocol::kHttp, "127.0.0.1:4317", "/base"}));
}

TEST(OtlpEndpoint, refuses_the_rest) {
  for (const char* text : {"", "http://", "http://host:port", "host:70000", "ftp://host", "a b", "http://h?q=1"}) {
    EXPECT_FALSE(Endpoint::parse(text).has_value()) << text;
  }
  EXPECT_EQ(Endpoint::parse("https://collector").error().code(), Code::kUnimplemented);
}

}  // namespace
}  // namespace skerry::otlp
