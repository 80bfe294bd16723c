// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/http1_serializer.h"

#include <gtest/gtest.h>

namespace skerry::http {
namespace {

TEST(Http1Serializer, writes_a_request_with_host_first) {
  RequestHead head{.method = "POST", .target = "/a?b=c", .authority = "example.org:8080"};
  ASSERT_TRUE(head.headers.add("Accept", "*/*"));
  std::string output = "before";
  ASSERT_TRUE(write_request_head(output, head, {.body = {Http1Body::Kind::kLength, 12}}));
  EXPECT_EQ(output,
            "beforePOST /a?b=c HTTP/1.1\r\nhost: example.org:8080\r\ncontent-length: 12\r\naccept: */*\r\n\r\n");
}

TEST(Http1Serializer, writes_an_expectation_only_when_asked) {
  RequestHead head{.method = "PUT", .authority = "a"};
  ASSERT_TRUE(head.headers.add("expect", "100-continue"));
  std::string without;
  ASSERT_TRUE(write_request_head(without, head, {.body = {Http1Body::Kind::kChunked}}));
  EXPECT_EQ(without, "PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
  std::string with;
  ASSERT_TRUE(write_request_head(with, head, {.body = {Http1Body::Kind::kChunked}, .expect_continue = true}));
  EXPECT_EQ(with, "PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\n\r\n");
}

TEST(Http1Serializer, framing_fields_of_the_caller_are_never_written) {
  ResponseHead head;
  for (const char* name :
       {"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Host", "Proxy-Connection"}) {
    ASSERT_TRUE(head.headers.add(name, "7"));
  }
  std::string output;
  ASSERT_TRUE(write_response_head(output, head, {.body = {Http1Body::Kind::kLength, 5}}));
  EXPECT_EQ(output, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
}

TEST(Http1Serializer, refuses_requests_that_would_split_or_confuse) {
  std::string output;
  const auto written = [&](RequestHead head) { return write_request_head(output, head, {}).has_value(); };
  EXPECT_FALSE(written({.method = "GET /x HTTP/1.1\r\n", .authority = "a"}));
  EXPECT_FALSE(written({.method = "", .authority = "a"}));
  EXPECT_FALSE(written({.target = "/a b", .authority = "a"}));
  EXPECT_FALSE(written({.target = "/a\r\nx: y", .authority = "a"}));
  EXPECT_FALSE(written({.target = "relative", .authority = "a"}));
  EXPECT_FALSE(written({.target = "*", .authority = "a"}));
  EXPECT_FALSE(written({.authority = ""}));
  EXPECT_FALSE(written({.authority = "a\r\nx: y"}));
  EXPECT_EQ(output, "");
  EXPECT_TRUE(written({.method = "OPTIONS", .target = "*", .authority = "a"}));
}

TEST(Http1Serializer, says_when_the_connection_closes_or_stays_for_old_receivers) {
  std::string output;
  ASSERT_TRUE(write_response_head(output, {.status = 404}, {.keep_alive = false, .date = "today"}));
  EXPECT_EQ(output, "HTTP/1.1 404 Not Found\r\nconnection: close\r\ndate: today\r\n\r\n");
  output.clear();
  ASSERT_TRUE(write_response_head(output, {.status = 204}, {.keep_alive = true, .to_http10 = true}));
  EXPECT_EQ(output, "HTTP/1.1 204 No Content\r\nconnection: keep-alive\r\n\r\n");
}

TEST(Http1Serializer, refuses_statuses_that_are_no_final_response) {
  std::string output;
  for (const int status : {0, 99, 100, 101, 199, 600, 1000, -1}) {
    EXPECT_FALSE(write_response_head(output, {.status = status}, {})) << status;
  }
  EXPECT_EQ(output, "");
}

TEST(Http1Serializer, writes_chunks_and_never_an_empty_one) {
  std::string output;
  write_chunk(output, "0123456789abcdef0");
  write_chunk(output, "");
  write_last_chunk(output);
  EXPECT_EQ(output, "11\r\n0123456789abcdef0\r\n0\r\n\r\n");
}

TEST(Http1Serializer, writes_only_trailers_that_were_announced_and_may_be_trailers) {
  Headers trailers;
  ASSERT_TRUE(trailers.add("grpc-status", "0"));
  ASSERT_TRUE(trailers.add("x-hidden", "1"));
  ASSERT_TRUE(trailers.add("content-length", "1"));
  std::string output;
  write_last_chunk(output, trailers, "Grpc-Status, content-length");
  EXPECT_EQ(output, "0\r\ngrpc-status: 0\r\n\r\n");
}

TEST(Http1Serializer, writes_dates_as_http_does) {
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace skerry::http
