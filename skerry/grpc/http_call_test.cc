// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/http_call.h"

#include <gtest/gtest.h>

namespace skerry::grpc {
namespace {

http::Headers headers_of(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  http::Headers headers;
  for (const auto& [name, value] : fields) EXPECT_TRUE(headers.add(name, value));
  return headers;
}

TEST(GrpcHttpCall, request_info_is_read_from_the_head) {
  const http::Headers headers = headers_of({{"grpc-timeout", "200m"},
                                            {"te", "trailers"},
                                            {"Content-Type", "application/grpc+proto"},
                                            {"grpc-encoding", "gzip"},
                                            {"grpc-accept-encoding", "identity,gzip"},
                                            {"x-user", "u1"}});
  const RequestInfo info = read_request_info(headers);
  EXPECT_EQ(info.content, ContentKind::kGrpc);
  EXPECT_EQ(info.timeout, std::chrono::milliseconds(200));
  EXPECT_FALSE(info.timeout_is_malformed);
  EXPECT_EQ(info.encoding, Compression::kGzip);
  EXPECT_EQ(info.accept_encoding, "identity,gzip");
  EXPECT_FALSE(info.remote_span().valid());
}

TEST(GrpcHttpCall, defaults_are_no_time_limit_and_no_compression) {
  const RequestInfo info = read_request_info({});
  EXPECT_EQ(info.content, ContentKind::kOther);
  EXPECT_EQ(info.timeout, std::nullopt);
  EXPECT_FALSE(info.timeout_is_malformed);
  EXPECT_EQ(info.encoding, Compression::kIdentity);
}

TEST(GrpcHttpCall, malformed_timeout_and_unknown_encoding_are_noted) {
  const http::Headers headers = headers_of({{"grpc-timeout", "soon"}, {"grpc-encoding", "snappy"}});
  const RequestInfo info = read_request_info(headers);
  EXPECT_TRUE(info.timeout_is_malformed);
  EXPECT_EQ(info.encoding, std::nullopt);
}

TEST(GrpcHttpCall, callers_span_is_read_from_traceparent) {
  const http::Headers headers =
      headers_of({{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, {"tracestate", "a=b"}});
  const auto span = read_request_info(headers).remote_span();
  EXPECT_TRUE(span.valid());
  EXPECT_TRUE(span.remote);
  EXPECT_TRUE(span.sampled());
  EXPECT_EQ(span.state.header(), "a=b");
  const http::Headers broken = headers_of({{"traceparent", "00-zz"}});
  EXPECT_FALSE(read_request_info(broken).remote_span().valid());
}

TEST(GrpcHttpCall, metadata_leaves_out_what_belongs_to_the_protocols) {
  const http::Headers headers = headers_of({{"grpc-timeout", "1S"},
                                            {"content-type", "application/grpc"},
                                            {"traceparent", "x"},
                                            {"baggage", "a=b"},
                                            {"x-user", "u1"},
                                            {"blob-bin", "AP8"}});
  EXPECT_EQ(read_metadata(headers), (Metadata{{"x-user", "u1"}, {"blob-bin", std::string("\0\xff", 2)}}));
}

TEST(GrpcHttpCall, outcome_survives_the_way_through_the_trailers) {
  const Error error = Error::aborted("  100%\n\xc3\xbc ").with_detail("sku", "a");
  const http::Headers trailers = response_trailers(fail(error), Metadata{{"x", "1"}});
  EXPECT_EQ(trailers.get("x"), "1");
  const auto outcome = read_outcome(200, {}, trailers);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), error);
  EXPECT_TRUE(read_outcome(200, {}, response_trailers({}, {})));
}

TEST(GrpcHttpCall, outcome_may_be_in_the_only_header_block) {
  const http::Headers headers = headers_of({{"grpc-status", "7"}, {"grpc-message", "no"}});
  const auto outcome = read_outcome(200, headers, {});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), Error::permission_denied("no"));
}

TEST(GrpcHttpCall, response_compression_is_what_was_asked_for_and_is_accepted) {
  HttpServerCall accepting(Method{"/a/b"}, headers_of({{"grpc-accept-encoding", "gzip"}}), nullptr);
  EXPECT_EQ(accepting.accepted_compression(Compression::kIdentity), Compression::kIdentity);
  EXPECT_EQ(accepting.accepted_compression(Compression::kGzip), Compression::kGzip);
  EXPECT_EQ(accepting.accepted_compression(Compression::kDeflate), Compression::kIdentity);
  accepting.compress_responses(Compression::kGzip);
  EXPECT_EQ(accepting.accepted_compression(Compression::kIdentity), Compression::kGzip);
  EXPECT_EQ(accepting.peer(), "unknown");
}

}  // namespace
}  // namespace skerry::grpc
