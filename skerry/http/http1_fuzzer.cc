// SPDX-License-Identifier: Apache-2.0
//
// Whatever the bytes: a message reads the same however it is cut into pieces, what was accepted is written and read
// again as the same message, and no request hides in the body of another. The first byte says how the input is cut.
#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/check.h"
#include "skerry/http/http1_parser.h"
#include "skerry/http/http1_serializer.h"
#include "skerry/http/http1_test_util.h"

namespace skerry::http::http1_fuzzer {

constexpr Http1Limits kLimits{.max_start_line_bytes = 256,
                              .max_head_bytes = 1024,
                              .max_fields = 16,
                              .max_body_bytes = 4096,
                              .max_chunk_line_bytes = 128,
                              .max_chunk_extension_bytes = 256,
                              .max_trailer_bytes = 256,
                              .max_trailer_fields = 4,
                              .max_interim_responses = 2};

template <class Parser>
std::string read_all(std::string_view input, std::size_t piece, std::string_view method) {
  Parser parser(kLimits);
  if constexpr (requires { parser.expect_response_to(method); }) parser.expect_response_to(method);
  return testing::transcript(parser, input, piece);
}

template <class Parser>
void check_pieces(std::string_view input, std::size_t piece, std::string_view method = "GET") {
  const std::string whole = read_all<Parser>(input, input.size() + 1, method);
  SKERRY_CHECK(read_all<Parser>(input, piece, method) == whole, "a message reads the same in pieces");
}

/// Reads the first request and answers it as a value; empty when there is none.
struct Message {
  RequestHead head;
  std::string body;
  Headers trailers;
  bool complete = false;
};

Message read_first(std::string_view input) {
  RequestParser parser(kLimits);
  Message message;
  while (true) {
    const Result<Http1Step> step = parser.next(input);
    if (!step || step->event == Http1Event::kNeedMore) return message;
    SKERRY_CHECK(step->consumed <= input.size(), "no more is consumed than there is");
    input.remove_prefix(step->consumed);
    if (step->event == Http1Event::kHead) message.head = parser.take_head();
    if (step->event == Http1Event::kData) message.body.append(step->data);
    if (step->event != Http1Event::kEnd) continue;
    message.trailers = parser.trailers();
    message.complete = true;
    return message;
  }
}

Headers without_framing(const Headers& headers) {
  Headers kept = headers;
  for (const char* name :
       {"content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "expect"}) {
    kept.remove(name);
  }
  return kept;
}

void check_round_trip(std::string_view input) {
  const Message first = read_first(input);
  if (!first.complete || first.head.authority.empty()) return;
  std::string wire;
  SKERRY_CHECK(write_request_head(wire, first.head, {.body = {Http1Body::Kind::kChunked}}),
               "what was read can be written");
  write_chunk(wire, first.body);
  write_last_chunk(wire, first.trailers, first.head.headers.get("trailer").value_or(""));
  const std::size_t end = wire.size();
  wire.append("GET /behind HTTP/1.1\r\nhost: h\r\n\r\n");
  const Message again = read_first(std::string_view(wire).substr(0, end));
  // What we write may be a little larger than what was read: it spells framing out.
  if (wire.size() > kLimits.max_head_bytes || first.head.headers.size() + 2 > kLimits.max_fields) return;
  SKERRY_CHECK(again.complete, "what is written is read again");
  SKERRY_CHECK(again.head.target == first.head.target && again.head.method == first.head.method, "the same request");
  SKERRY_CHECK(again.body == first.body && again.trailers == first.trailers, "the same body");
  SKERRY_CHECK(without_framing(again.head.headers) == without_framing(first.head.headers), "the same fields");
  const Message behind = read_first(std::string_view(wire).substr(end));
  SKERRY_CHECK(behind.complete && behind.head.target == "/behind", "the next request begins behind it");
}

}  // namespace skerry::http::http1_fuzzer

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skerry::http;
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t piece = data[0] % 17 + 1;
  http1_fuzzer::check_pieces<RequestParser>(input, piece);
  http1_fuzzer::check_pieces<ResponseParser>(input, piece);
  http1_fuzzer::check_pieces<ResponseParser>(input, piece, "HEAD");
  http1_fuzzer::check_round_trip(input);
  return 0;
}
