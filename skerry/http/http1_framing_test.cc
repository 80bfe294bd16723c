// SPDX-License-Identifier: Apache-2.0
//
// Request smuggling: the ways in which two implementations can come to different ends of one message. Each must be
// refused, or read in the one way that the standard allows.
#include <gtest/gtest.h>

#include <string>

#include "skerry/http/http1_parser.h"
#include "skerry/http/http1_test_util.h"

namespace skerry::http {
namespace {

std::string read_framed(const std::string& input, const Http1Limits& limits = {}) {
  RequestParser whole(limits);
  std::string text = testing::transcript(whole, input, input.size() + 1);
  for (const std::size_t piece : {1, 2, 5}) {
    RequestParser parser(limits);
    EXPECT_EQ(testing::transcript(parser, input, piece), text) << "in pieces of " << piece;
  }
  return text;
}

std::string post(const std::string& lines, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n" + body;
}

/// A chunked body behind its head; the answer without the head.
std::string read_chunks(const std::string& body, const Http1Limits& limits = {}) {
  const std::string text =
      read_framed(post("Transfer-Encoding: chunked\r\nTrailer: X-Sum, Content-Length\r\n", body), limits);
  const std::string head = "[POST / h transfer-encoding=chunked trailer=X-Sum, Content-Length]";
  EXPECT_TRUE(text.starts_with(head));
  return text.substr(head.size());
}

constexpr const char* kLengthThenCoding = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
constexpr const char* kCodingThenLength = "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n";

TEST(Http1Framing, rejects_content_length_together_with_transfer_encoding_in_either_order) {
  EXPECT_EQ(read_framed(post(kLengthThenCoding, "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post(kCodingThenLength, "0\r\n\r\n")), "!400");
}

TEST(Http1Framing, rejects_differing_values_of_content_length) {
  EXPECT_EQ(read_framed(post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!")), "!400");
  EXPECT_EQ(read_framed(post("Content-Length: 5, 6\r\n", "hello!")), "!400");
  EXPECT_EQ(read_framed(post("Content-Length: 5, 5\r\n", "hello")), "!400");
  EXPECT_EQ(read_framed(post("Content-Length: 5\r\ncontent-length: 5\r\n", "hello")),
            "[POST / h content-length=5 content-length=5]'hello'.");
}

TEST(Http1Framing, rejects_content_lengths_that_are_no_numbers) {
  for (const char* value : {"", "+5", "-5", "5 5", "0x5", "5.", "5a", "\"5\"", "1e1", "1234567890123456789",
                            "99999999999999999999999", "\t", "5\x0b"}) {
    EXPECT_EQ(read_framed(post(std::string("Content-Length: ") + value + "\r\n", "hello")), "!400") << value;
  }
}

TEST(Http1Framing, rejects_a_transfer_encoding_that_does_not_end_in_chunked) {
  for (const char* value : {"gzip", "identity", "", "chunked, gzip", "chunked, identity", "chunkedx", "xchunked",
                            "chunke", "chunked;q=1", "\"chunked\"", "chunked chunked", "chunked,", ",", "chunked, "}) {
    EXPECT_EQ(read_framed(post(std::string("Transfer-Encoding: ") + value + "\r\n", "0\r\n\r\n")), "!400") << value;
  }
}

TEST(Http1Framing, rejects_chunked_twice_and_codings_it_cannot_take_off) {
  EXPECT_EQ(read_framed(post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")), "!501");
}

TEST(Http1Framing, rejects_disguised_transfer_encodings) {
  EXPECT_EQ(read_framed(post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post(" Transfer-Encoding: chunked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("X: y\r\n Transfer-Encoding: chunked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("Transfer-Encoding:\x0b"
                             "chunked\r\n",
                             "0\r\n\r\n")),
            "!400");
  EXPECT_EQ(read_framed(post("Transfer-Encoding: ch\xc3\xbcnked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("X: y\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("X: y\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), "!400");
  EXPECT_EQ(read_framed(post("Transfer-Encoding:\t CHUNKED \t\r\n", "0\r\n\r\n")),
            "[POST / h transfer-encoding=CHUNKED].");
}

TEST(Http1Framing, a_name_that_only_looks_like_a_framing_field_frames_nothing) {
  // An underscore is another name; gateways that map it to '-' must not get a body smuggled through us.
  EXPECT_EQ(read_framed(post("Content_Length: 5\r\n")), "[POST / h content_length=5].");
}

TEST(Http1Framing, rejects_transfer_encoding_in_http10) {
  EXPECT_EQ(read_framed("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "!400");
}

TEST(Http1Framing, a_body_in_a_get_is_read_as_a_body_and_not_as_the_next_request) {
  const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(read_framed("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(hidden.size()) + "\r\n\r\n" +
                        hidden),
            "[GET / h content-length=33]'" + hidden + "'.");
}

TEST(Http1Framing, a_head_ends_in_crlf_and_in_nothing_else) {
  EXPECT_EQ(read_framed("GET / HTTP/1.1\nHost: h\n\n"), "!400");
  EXPECT_EQ(read_framed("GET / HTTP/1.1\r\nHost: h\n\r\n"), "!400");
  EXPECT_EQ(read_framed("GET / HTTP/1.1\r\nHost: h\r\n\n"), "!400");
  EXPECT_EQ(read_framed("GET / HTTP/1.1\r\nHost: h\r\r\n\r\n"), "!400");
  EXPECT_EQ(read_framed("GET / HTTP/1.1\rHost: h\r\n\r\n"), "!400");
  EXPECT_EQ(read_framed("GET / HTTP/1.1\r\nHost: h\r\n\r\r\n"), "!400");
}

TEST(Http1Chunks, reads_chunks_of_any_size_and_case) {
  EXPECT_EQ(read_chunks("5\r\nhello\r\n0A\r\n0123456789\r\n000\r\n\r\n"), "'hello0123456789'.");
  EXPECT_EQ(read_chunks("0\r\n\r\n"), ".");
}

TEST(Http1Chunks, rejects_sizes_that_are_not_hexadecimal) {
  for (const char* line : {"", " 5", "5 ", "+5", "-5", "0x5", "g", "5,", "5\t", "\t5", "5 5", "1000000000000000",
                           "0000000000000005", ";a"}) {
    EXPECT_EQ(read_chunks(std::string(line) + "\r\nhello\r\n0\r\n\r\n"), "!400") << line;
  }
}

TEST(Http1Chunks, rejects_bare_line_ends_in_sizes_data_ends_and_the_last_chunk) {
  EXPECT_EQ(read_chunks("5\nhello\r\n0\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("5\rhello\r\n0\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("5\r\nhello\n0\r\n\r\n"), "'hello'!400");
  EXPECT_EQ(read_chunks("5\r\nhello\r0\r\n\r\n"), "'hello'!400");
  EXPECT_EQ(read_chunks("5\r\nhello0\r\n\r\n"), "'hello'!400");
  EXPECT_EQ(read_chunks("0\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("0\r\n\n"), "!400");
  EXPECT_EQ(read_chunks("0\r\n\r\r\n"), "!400");
}

TEST(Http1Chunks, rejects_data_that_spills_over_its_chunk) {
  EXPECT_EQ(read_chunks("5\r\nhelloXX\r\n0\r\n\r\n"), "'hello'!400");
  EXPECT_EQ(read_chunks("4\r\nhello\r\n0\r\n\r\n"), "'hell'!400");
}

TEST(Http1Chunks, parses_extensions_to_the_letter) {
  EXPECT_EQ(read_chunks("5;a\r\nhello\r\n0;b=c;d=\"e \\\" ;f\"\r\n\r\n"), "'hello'.");
  EXPECT_EQ(read_chunks("5 ; a = b\r\nhello\r\n0\t;\tc\r\n\r\n"), "'hello'.");
  for (const char* extension : {";", ";;a", ";a=", ";=a", ";a=\"b", ";a=\"b\"c", ";a=b c", "?", ";a b", ";\"a\"",
                                ";a=\"\\", ";a=\"\x01\"", ";a ", ";a=\"\x7f\"", ";a=\"b\\\x01\""}) {
    EXPECT_EQ(read_chunks(std::string("5") + extension + "\r\nhello\r\n0\r\n\r\n"), "!400") << extension;
  }
}

TEST(Http1Chunks, rejects_bare_line_ends_within_extensions) {
  EXPECT_EQ(read_chunks("5;a\nhello\r\n0\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("5;a\rb\r\nhello\r\n0\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("5;a=\"\r\"\r\nhello\r\n0\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("5;\n\r\nhello\r\n0\r\n\r\n"), "!400");
}

TEST(Http1Chunks, bounds_the_size_line_and_all_extensions_together) {
  const Http1Limits limits{.max_chunk_line_bytes = 16, .max_chunk_extension_bytes = 20};
  EXPECT_EQ(read_chunks("1;23456789012345\r\nx\r\n0\r\n\r\n", limits), "'x'.");
  EXPECT_EQ(read_chunks("1;234567890123456\r\nx\r\n0\r\n\r\n", limits), "!400");
  EXPECT_EQ(read_chunks("1;" + std::string(1000, 'a'), limits), "!400");
  EXPECT_EQ(read_chunks("1;1234567890\r\nx\r\n1;1234567890\r\nx\r\n0\r\n\r\n", limits), "'x'!400");
}

TEST(Http1Chunks, gives_trailers_that_were_announced_and_rejects_others) {
  EXPECT_EQ(read_chunks("0\r\nx-SUM: 7\r\n\r\n"), " x-sum=7.");
  EXPECT_EQ(read_chunks("0\r\nx-other: 7\r\n\r\n"), "!400");
  EXPECT_EQ(read_framed(post("Transfer-Encoding: chunked\r\n", "0\r\nx-sum: 7\r\n\r\n")),
            "[POST / h transfer-encoding=chunked]!400");
}

TEST(Http1Chunks, rejects_framing_fields_in_trailers_even_when_announced) {
  EXPECT_EQ(read_chunks("0\r\nContent-Length: 7\r\n\r\n"), "!400");
  for (const char* name : {"transfer-encoding", "host", "authorization", "connection", "set-cookie", "trailer"}) {
    EXPECT_TRUE(is_forbidden_trailer(name)) << name;
  }
}

TEST(Http1Chunks, rejects_malformed_trailers) {
  EXPECT_EQ(read_chunks("0\r\nx-sum\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("0\r\nx-sum : 7\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("0\r\nx-sum: 7\r\n folded\r\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("0\r\nx-sum: 7\n\r\n"), "!400");
  EXPECT_EQ(read_chunks("0\r\nx-sum: \x01\r\n\r\n"), "!400");
}

TEST(Http1Chunks, bounds_trailers_in_number_and_bytes) {
  const std::string trailer = "x-sum: 7\r\n";
  EXPECT_EQ(read_chunks("0\r\n" + trailer + trailer + "\r\n", {.max_trailer_fields = 2}), " x-sum=7 x-sum=7.");
  EXPECT_EQ(read_chunks("0\r\n" + trailer + trailer + trailer + "\r\n", {.max_trailer_fields = 2}), "!431");
  EXPECT_EQ(read_chunks("0\r\n" + trailer + trailer + "\r\n", {.max_trailer_bytes = 20}), " x-sum=7 x-sum=7.");
  EXPECT_EQ(read_chunks("0\r\n" + trailer + trailer + trailer + "\r\n", {.max_trailer_bytes = 20}), "!431");
  EXPECT_EQ(read_chunks("0\r\nx-sum: " + std::string(100, 'a'), {.max_trailer_bytes = 20}), "!431");
}

TEST(Http1Chunks, the_next_request_begins_directly_behind_the_last_chunk) {
  const std::string next = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(read_chunks("1\r\nx\r\n0\r\nx-sum: 1\r\n\r\n" + next), "'x' x-sum=1.[GET /next h].");
}

}  // namespace
}  // namespace skerry::http
