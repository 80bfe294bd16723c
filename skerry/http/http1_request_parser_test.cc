// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "skerry/http/http1_parser.h"
#include "skerry/http/http1_test_util.h"

namespace skerry::http {
namespace {

/// What the parser makes of the input, which must not depend on how it arrives.
std::string read_requests(const std::string& input, const Http1Limits& limits = {}) {
  RequestParser whole(limits);
  std::string text = testing::transcript(whole, input, input.size() + 1);
  for (const std::size_t piece : {1, 2, 3, 7, 16}) {
    RequestParser parser(limits);
    EXPECT_EQ(testing::transcript(parser, input, piece), text) << "in pieces of " << piece;
  }
  return text;
}

/// A GET of HTTP/1.1 with these further lines.
std::string get_with(const std::string& lines) { return "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n"; }
std::string post_with(const std::string& lines, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n" + body;
}

TEST(Http1RequestParser, reads_a_request_without_a_body) {
  EXPECT_EQ(read_requests("GET /a?b HTTP/1.1\r\nHost: example.org:80\r\nAccept:  */* \r\nX-Empty:\r\n\r\n"),
            "[GET /a?b example.org:80 accept=*/* x-empty=].");
}

TEST(Http1RequestParser, reads_a_body_of_known_length) {
  EXPECT_EQ(read_requests(post_with("Content-Length: 5\r\n", "hello")), "[POST / h content-length=5]'hello'.");
  EXPECT_EQ(read_requests(post_with("Content-Length: 0\r\n", "")), "[POST / h content-length=0].");
  EXPECT_EQ(read_requests(post_with("Content-Length: 6\r\n", "hello")), "[POST / h content-length=6]'hello'?");
}

TEST(Http1RequestParser, reads_requests_that_follow_each_other) {
  EXPECT_EQ(read_requests(post_with("Content-Length: 2\r\n", "hi") + get_with("") +
                          post_with("Transfer-Encoding: chunked\r\n", "1\r\nx\r\n0\r\n\r\n") + get_with("a: b\r\n")),
            "[POST / h content-length=2]'hi'.[GET / h].[POST / h transfer-encoding=chunked]'x'.[GET / h a=b].");
}

TEST(Http1RequestParser, tells_whether_the_connection_stays_open) {
  EXPECT_EQ(read_requests(get_with("Connection: x, Close\r\n")), "[GET / h close connection=x, Close].");
  EXPECT_EQ(read_requests("GET / HTTP/1.0\r\n\r\n"), "[GET /  1.0 close].");
  EXPECT_EQ(read_requests("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), "[GET /  1.0 connection=Keep-Alive].");
}

TEST(Http1RequestParser, skips_few_empty_lines_before_a_request) {
  EXPECT_EQ(read_requests("\r\n\r\n" + get_with("")), "[GET / h].");
  EXPECT_EQ(read_requests("\r\n\r\n\r\n" + get_with("")), "!400");
  EXPECT_EQ(read_requests("\n" + get_with("")), "!400");
}

TEST(Http1RequestParser, between_messages_only_before_the_first_line) {
  RequestParser parser;
  EXPECT_TRUE(parser.between_messages());
  ASSERT_TRUE(parser.next("\r\nGET / HTTP/1.1\r\n"));
  EXPECT_FALSE(parser.between_messages());
  ASSERT_TRUE(parser.next("Host: h\r\n\r\n"));
  EXPECT_FALSE(parser.between_messages());
  ASSERT_EQ(parser.next("")->event, Http1Event::kEnd);
  EXPECT_TRUE(parser.between_messages());
}

TEST(Http1RequestParser, an_error_is_final) {
  RequestParser parser;
  ASSERT_FALSE(parser.next("bad\r\n"));
  const Result<Http1Step> again = parser.next(get_with(""));
  ASSERT_FALSE(again);
  EXPECT_EQ(status_of(again.error()), 400);
}

TEST(Http1RequestParser, refuses_request_lines_that_are_not_well_formed) {
  for (const char* line : {"GET /",
                           "GET",
                           "",
                           " GET / HTTP/1.1",
                           "GET  / HTTP/1.1",
                           "GET /  HTTP/1.1",
                           "GET / HTTP/1.1 ",
                           "GET /\tHTTP/1.1",
                           "G(T / HTTP/1.1",
                           "GET /a b HTTP/1.1",
                           "GET / http/1.1",
                           "GET / HTTP/1",
                           "GET / HTTP/1.1x",
                           "GET / HTTP/11",
                           "GET / XTTP/1.1",
                           "GET a HTTP/1.1",
                           "GET  HTTP/1.1",
                           "GET /# HTTP/1.1",
                           "GET /\x7f HTTP/1.1",
                           "GET /\xc3\xa4 HTTP/1.1",
                           "GET * HTTP/1.1",
                           "GET /\" HTTP/1.1",
                           "GET \\a HTTP/1.1",
                           "GET /<a> HTTP/1.1"}) {
    EXPECT_EQ(read_requests(std::string("\r\n\r\n") + line + "\r\nHost: h\r\n\r\n"), "!400") << line;
  }
}

TEST(Http1RequestParser, refuses_control_characters_everywhere) {
  for (int c = 0; c < 32; ++c) {
    const std::string byte(1, static_cast<char>(c));
    EXPECT_EQ(read_requests("GET /" + byte + " HTTP/1.1\r\nHost: h\r\n\r\n"), "!400") << c;
    EXPECT_EQ(read_requests("G" + byte + "T / HTTP/1.1\r\nHost: h\r\n\r\n"), "!400") << c;
    EXPECT_EQ(read_requests(get_with("a" + byte + ": b\r\n")), "!400") << c;
    if (c != '\t') EXPECT_EQ(read_requests(get_with("a: b" + byte + "c\r\n")), "!400") << c;
  }
}

TEST(Http1RequestParser, answers_other_versions_with_505) {
  EXPECT_EQ(read_requests("GET / HTTP/2.0\r\nHost: h\r\n\r\n"), "!505");
  EXPECT_EQ(read_requests("GET / HTTP/0.9\r\nHost: h\r\n\r\n"), "!505");
  EXPECT_EQ(read_requests("GET / HTTP/1.2\r\nHost: h\r\n\r\n"), "!505");
  EXPECT_EQ(read_requests("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "!505");
}

TEST(Http1RequestParser, does_not_tunnel) {
  EXPECT_EQ(read_requests("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"), "!501");
}

TEST(Http1RequestParser, asterisk_is_for_options) {
  EXPECT_EQ(read_requests("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), "[OPTIONS * h].");
}

TEST(Http1RequestParser, refuses_obsolete_line_folding) {
  EXPECT_EQ(read_requests(get_with("a: b\r\n c\r\n")), "!400");
  EXPECT_EQ(read_requests(get_with("a: b\r\n\tc\r\n")), "!400");
  EXPECT_EQ(read_requests("GET / HTTP/1.1\r\n Host: h\r\n\r\n"), "!400");
}

TEST(Http1RequestParser, refuses_space_before_the_colon_and_lines_without_one) {
  EXPECT_EQ(read_requests(get_with("a : b\r\n")), "!400");
  EXPECT_EQ(read_requests(get_with("Transfer-Encoding\t: chunked\r\n")), "!400");
  EXPECT_EQ(read_requests(get_with("a\r\n")), "!400");
  EXPECT_EQ(read_requests(get_with(": b\r\n")), "!400");
}

TEST(Http1RequestParser, requires_exactly_one_valid_host_in_http11) {
  EXPECT_EQ(read_requests("GET / HTTP/1.1\r\n\r\n"), "!400");
  EXPECT_EQ(read_requests("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "!400");
  EXPECT_EQ(read_requests(get_with("Host: h\r\n")), "!400");
  EXPECT_EQ(read_requests("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), "!400");
  for (const char* host : {"a b", "a/b", "u@h", "a,b", "h:port", "h:", "[::1", "h\\", "h:99999"}) {
    EXPECT_EQ(read_requests(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"), "!400") << host;
  }
}

TEST(Http1RequestParser, an_absolute_target_must_agree_with_host) {
  EXPECT_EQ(read_requests("GET http://h:80/a?b HTTP/1.1\r\nHost: h:80\r\n\r\n"), "[GET /a?b h:80 (http)].");
  EXPECT_EQ(read_requests("GET http://H?x HTTP/1.1\r\nHost: h\r\n\r\n"), "[GET /?x h (http)].");
  EXPECT_EQ(read_requests("GET http://h HTTP/1.0\r\n\r\n"), "[GET / h (http) 1.0 close].");
  EXPECT_EQ(read_requests("GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n"), "!400");
  EXPECT_EQ(read_requests("GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n"), "!400");
  EXPECT_EQ(read_requests("GET http://u:p@h/ HTTP/1.1\r\nHost: h\r\n\r\n"), "!400");
  EXPECT_EQ(read_requests("GET gopher://h/ HTTP/1.1\r\nHost: h\r\n\r\n"), "!400");
}

TEST(Http1RequestParser, knows_one_expectation) {
  EXPECT_EQ(read_requests(post_with("Expect: 100-Continue\r\nContent-Length: 1\r\n", "x")),
            "[POST / h expects-continue expect=100-Continue content-length=1]'x'.");
  EXPECT_EQ(read_requests(get_with("Expect: 100-continue\r\n")), "[GET / h expect=100-continue].");
  EXPECT_EQ(read_requests("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"),
            "[POST /  1.0 close expect=100-continue content-length=1]'x'.");
  EXPECT_EQ(read_requests(get_with("Expect: 200-ok\r\n")), "!417");
  EXPECT_EQ(read_requests(get_with("Expect: 100-continue\r\nExpect: 100-continue\r\n")), "!417");
  EXPECT_EQ(read_requests(get_with("Expect: 100-continue, x\r\n")), "!417");
}

TEST(Http1RequestParser, answers_a_request_line_over_the_limit_with_414) {
  const Http1Limits limits{.max_start_line_bytes = 32};
  const std::string fits = "GET /" + std::string(18, 'a') + " HTTP/1.1";
  ASSERT_EQ(fits.size(), 32u);
  EXPECT_EQ(read_requests(fits + "\r\nHost: h\r\n\r\n", limits), "[GET /" + std::string(18, 'a') + " h].");
  EXPECT_EQ(read_requests("GET /" + std::string(19, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", limits), "!414");
  EXPECT_EQ(read_requests("GET /" + std::string(100, 'a'), limits), "!414");
}

TEST(Http1RequestParser, answers_a_head_over_the_limit_with_431) {
  const std::string head = get_with("a: b\r\n");
  EXPECT_EQ(read_requests(head, {.max_head_bytes = head.size()}), "[GET / h a=b].");
  EXPECT_EQ(read_requests(head, {.max_head_bytes = head.size() - 1}), "!431");
  EXPECT_EQ(read_requests(get_with("a: " + std::string(100'000, 'b'))), "!431");
}

TEST(Http1RequestParser, answers_too_many_fields_with_431) {
  EXPECT_EQ(read_requests(get_with("a: 1\r\nb: 2\r\n"), {.max_fields = 3}), "[GET / h a=1 b=2].");
  EXPECT_EQ(read_requests(get_with("a: 1\r\nb: 2\r\nc: 3\r\n"), {.max_fields = 3}), "!431");
}

TEST(Http1RequestParser, answers_a_body_over_the_limit_with_413_before_reading_it) {
  const Http1Limits limits{.max_body_bytes = 5};
  EXPECT_EQ(read_requests(post_with("Content-Length: 5\r\n", "12345"), limits), "[POST / h content-length=5]'12345'.");
  EXPECT_EQ(read_requests(post_with("Content-Length: 6\r\n", ""), limits), "!413");
  EXPECT_EQ(read_requests(post_with("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n3\r\n"), limits),
            "[POST / h transfer-encoding=chunked]'abc'!413");
}

}  // namespace
}  // namespace skerry::http
