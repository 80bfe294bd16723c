// SPDX-License-Identifier: Apache-2.0
//
// Reads messages with the HTTP/1 parsers and writes down what they saw, for tests and fuzzers.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "skerry/http/http1_parser.h"
#include "skerry/http/http_error.h"

namespace skerry::http::testing {

inline void describe_headers(const Headers& headers, std::string& text) {
  for (const auto [name, value] : headers) text.append(" ").append(name).append("=").append(value);
}

inline void describe_head(RequestParser& parser, std::string& text) {
  const RequestHead head = parser.take_head();
  text.append("[").append(head.method).append(" ").append(head.target).append(" ").append(head.authority);
  if (!head.scheme.empty()) text.append(" (").append(head.scheme).append(")");
  if (head.version == Version::kHttp10) text.append(" 1.0");
  if (!parser.keep_alive()) text.append(" close");
  if (parser.expects_continue()) text.append(" expects-continue");
  describe_headers(head.headers, text);
  text.append("]");
}

inline void describe_head(ResponseParser& parser, std::string& text) {
  const ResponseHead head = parser.take_head();
  text.append("[").append(std::to_string(head.status));
  if (head.version == Version::kHttp10) text.append(" 1.0");
  if (!parser.keep_alive()) text.append(" close");
  if (parser.got_continue()) text.append(" continued");
  describe_headers(head.headers, text);
  text.append("]");
}

/// Everything the parser makes of the input when it arrives in pieces of `piece` bytes: heads in brackets, bodies in
/// quotes, "." for an end (with trailers), "!STATUS" for a refusal, "?" when more was asked for at the end.
template <class Parser>
std::string transcript(Parser& parser, std::string_view input, std::size_t piece) {
  std::string text;
  std::size_t start = 0;
  std::size_t arrived = std::min(piece, input.size());
  bool in_body = false;
  while (true) {
    // A copy of its own size, so that a sanitizer sees a read past the end.
    const std::string buffer(input.substr(start, arrived - start));
    Result<Http1Step> step = parser.next(buffer);
    if (in_body && !(step && (step->event == Http1Event::kData || step->event == Http1Event::kNeedMore))) {
      text.append("'");
      in_body = false;
    }
    if (!step) return text.append("!").append(std::to_string(status_of(step.error())));
    start += step->consumed;
    switch (step->event) {
      case Http1Event::kNeedMore:
        if (arrived == input.size()) return in_body ? text.append("'?") : text.append("?");
        arrived = std::min(input.size(), arrived + piece);
        break;
      case Http1Event::kHead:
        describe_head(parser, text);
        break;
      case Http1Event::kData:
        if (!in_body) text.append("'");
        in_body = true;
        text.append(step->data);
        break;
      case Http1Event::kEnd:
        describe_headers(parser.trailers(), text);
        text.append(".");
        if (start == input.size()) return text;
        break;
    }
  }
}

}  // namespace skerry::http::testing
