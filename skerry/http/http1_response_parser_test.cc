// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "skerry/http/http1_parser.h"
#include "skerry/http/http1_serializer.h"
#include "skerry/http/http1_test_util.h"

namespace skerry::http {
namespace {

std::string read_responses(const std::string& input, const std::string& method = "GET",
                           const Http1Limits& limits = {}) {
  ResponseParser whole(limits);
  whole.expect_response_to(method);
  std::string text = testing::transcript(whole, input, input.size() + 1);
  for (const std::size_t piece : {1, 2, 3, 7}) {
    ResponseParser parser(limits);
    parser.expect_response_to(method);
    EXPECT_EQ(testing::transcript(parser, input, piece), text) << "in pieces of " << piece;
  }
  return text;
}

TEST(Http1ResponseParser, reads_a_response_with_a_body_of_known_length) {
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), "[200 content-length=5]'hello'.");
  EXPECT_EQ(read_responses("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"), "[404 content-length=0].");
  EXPECT_EQ(read_responses("HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n"), "[404 content-length=0].");
}

TEST(Http1ResponseParser, reads_a_chunked_body_with_trailers) {
  EXPECT_EQ(
      read_responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: a\r\n\r\n2\r\nhi\r\n0\r\na: b\r\n\r\n"),
      "[200 transfer-encoding=chunked trailer=a]'hi' a=b.");
}

TEST(Http1ResponseParser, a_body_without_a_length_lasts_until_the_connection_closes) {
  ResponseParser parser;
  parser.expect_response_to("GET");
  EXPECT_EQ(testing::transcript(parser, "HTTP/1.1 200 OK\r\n\r\nhello", 100), "[200 close]'hello'?");
  EXPECT_EQ(parser.finish(), true);
  EXPECT_TRUE(parser.between_messages());
}

TEST(Http1ResponseParser, some_responses_have_no_body_whatever_they_say) {
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HEAD"), "[200 content-length=5].");
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD"),
            "[200 transfer-encoding=chunked].");
  EXPECT_EQ(read_responses("HTTP/1.1 204 No Content\r\n\r\n"), "[204].");
  EXPECT_EQ(read_responses("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), "[304 content-length=5].");
}

TEST(Http1ResponseParser, skips_interim_responses) {
  EXPECT_EQ(read_responses("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            "[200 content-length=0].");
  EXPECT_EQ(read_responses("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            "[200 continued content-length=0].");
}

TEST(Http1ResponseParser, tells_of_100_continue_before_the_final_response) {
  ResponseParser parser;
  parser.expect_response_to("POST");
  ASSERT_TRUE(parser.next("HTTP/1.1 100 Continue\r\n\r\n"));
  EXPECT_TRUE(parser.got_continue());
  parser.expect_response_to("POST");
  EXPECT_FALSE(parser.got_continue());
}

TEST(Http1ResponseParser, bounds_interim_responses) {
  std::string input;
  for (int i = 0; i < 4; ++i) input += "HTTP/1.1 102 Processing\r\n\r\n";
  const std::string final_response = "HTTP/1.1 204 No Content\r\n\r\n";
  EXPECT_EQ(read_responses(input + final_response, "GET", {.max_interim_responses = 4}), "[204].");
  EXPECT_EQ(read_responses(input + final_response, "GET", {.max_interim_responses = 3}), "!400");
}

TEST(Http1ResponseParser, tells_whether_the_connection_stays_open) {
  EXPECT_EQ(read_responses("HTTP/1.1 204 x\r\nConnection: close\r\n\r\n"), "[204 close connection=close].");
  EXPECT_EQ(read_responses("HTTP/1.0 204 x\r\n\r\n"), "[204 1.0 close].");
  EXPECT_EQ(read_responses("HTTP/1.0 204 x\r\nConnection: keep-alive\r\n\r\n"), "[204 1.0 connection=keep-alive].");
}

TEST(Http1ResponseParser, refuses_status_lines_that_are_not_well_formed) {
  for (const char* line : {"", "HTTP/1.1", "HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 099 x", "HTTP/1.1  200 OK",
                           "HTTP/2.0 200 OK", "http/1.1 200 OK", "HTTP/1.1 abc OK", "HTTP/1.1 200 O\x01K", "ICY 200 OK",
                           "HTTP/1.1 200\tOK", "\r\nHTTP/1.1 200 OK"}) {
    EXPECT_EQ(read_responses(std::string(line) + "\r\n\r\n"), "!400") << line;
  }
}

TEST(Http1ResponseParser, refuses_ambiguous_framing) {
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), "!400");
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\n"), "!400");
  EXPECT_EQ(read_responses("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), "!400");
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), "!400");
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\n"), "!400");
}

TEST(Http1ResponseParser, a_connection_that_closes_within_a_response_is_data_loss) {
  for (const char* input : {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"}) {
    ResponseParser parser;
    parser.expect_response_to("GET");
    testing::transcript(parser, input, 100);
    const Result<bool> finished = parser.finish();
    ASSERT_FALSE(finished) << input;
    EXPECT_EQ(finished.error().code(), Code::kDataLoss);
  }
  ResponseParser idle;
  EXPECT_EQ(idle.finish(), false);
}

TEST(Http1ResponseParser, bounds_bodies_of_every_kind) {
  const Http1Limits limits{.max_body_bytes = 4};
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "GET", limits), "!413");
  EXPECT_EQ(read_responses("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", "GET", limits),
            "[200 transfer-encoding=chunked]!413");
  ResponseParser parser(limits);
  EXPECT_EQ(testing::transcript(parser, "HTTP/1.1 200 OK\r\n\r\nhello", 100), "[200 close]!413");
}

TEST(Http1ResponseParser, reads_back_what_the_serializer_writes) {
  ResponseHead head{.status = 201};
  ASSERT_TRUE(head.headers.add("location", "/orders/1"));
  ASSERT_TRUE(head.headers.add("trailer", "x-sum"));
  Headers trailers;
  ASSERT_TRUE(trailers.add("x-sum", "9"));
  std::string wire;
  ASSERT_TRUE(write_response_head(wire, head, {.body = {Http1Body::Kind::kChunked}}));
  write_chunk(wire, "abc");
  write_chunk(wire, std::string(300, 'd'));
  write_last_chunk(wire, trailers, "x-sum");
  EXPECT_EQ(read_responses(wire), "[201 transfer-encoding=chunked location=/orders/1 trailer=x-sum]'abc" +
                                      std::string(300, 'd') + "' x-sum=9.");
}

}  // namespace
}  // namespace skerry::http
