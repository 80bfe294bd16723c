// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/characters.h"
#include "skerry/http/http1_framing.h"
#include "skerry/http/http1_parser.h"
#include "skerry/http/http_error.h"

namespace skerry::http {
namespace {

constexpr int kSwitchingProtocols = 101;
constexpr int kNoContent = 204;
constexpr int kNotModified = 304;

}  // namespace

void ResponseParser::expect_response_to(std::string_view method) {
  answers_head_ = method == "HEAD";
  got_continue_ = false;
  interim_responses_ = 0;
}

Result<bool> ResponseParser::finish() {
  if (between_messages()) return false;
  if (!reads_until_close()) {
    return fail(Error::data_loss("the connection was closed within a response"));
  }
  end_message();
  return true;
}

Result<> ResponseParser::read_start_line(std::string_view line) {
  // status-line = HTTP-version SP status-code SP [ reason-phrase ]; some servers leave the last space out.
  const std::string_view version = line.substr(0, 8);
  const bool known = version == "HTTP/1.1" || version == "HTTP/1.0";
  const bool well_formed = line.size() >= 12 && line[8] == ' ' && line[9] >= '1' && line[9] <= '9' &&
                           internal::is_digit(line[10]) && internal::is_digit(line[11]) &&
                           (line.size() == 12 || line[12] == ' ');
  if (!known || !well_formed || !internal::all_of_class(line.substr(12), internal::kFieldCharacter)) {
    return fail(http_error(400, "invalid status line"));
  }
  head_.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  head_.version = version == "HTTP/1.1" ? Version::kHttp11 : Version::kHttp10;
  return {};
}

Result<bool> ResponseParser::finish_head() {
  const bool http10 = head_.version == Version::kHttp10;
  const Result<internal::Framing> framing = internal::read_framing(head_.headers, http10);
  if (!framing) return fail(Error(framing.error()));
  if (head_.status < 200 && head_.status != kSwitchingProtocols) {
    if (++interim_responses_ > limits_.max_interim_responses) {
      return fail(http_error(400, "more than {} interim responses", limits_.max_interim_responses));
    }
    got_continue_ = got_continue_ || head_.status == 100;
    return true;
  }
  set_keep_alive(internal::wants_keep_alive(head_.headers, http10));
  const bool no_body =
      answers_head_ || head_.status < 200 || head_.status == kNoContent || head_.status == kNotModified;
  if (no_body) {
    set_body(Body::kNone, 0);
  } else if (framing->chunked) {
    set_body(Body::kChunked, 0);
  } else if (framing->content_length) {
    if (*framing->content_length > limits_.max_body_bytes) {
      return fail(http_error(413, "the body is larger than {} bytes", limits_.max_body_bytes));
    }
    set_body(Body::kFixed, *framing->content_length);
  } else {
    set_keep_alive(false);
    set_body(Body::kUntilClose, 0);
  }
  return false;
}

}  // namespace skerry::http
