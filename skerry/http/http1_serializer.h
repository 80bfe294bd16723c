// SPDX-License-Identifier: Apache-2.0
//
// The writing side of HTTP/1.1: heads, chunks and trailers appended to an output buffer, without I/O. The one thing to
// know: framing is written here and nowhere else. Host, Content-Length, Transfer-Encoding, Connection and Keep-Alive
// among the headers of a message are left out, and what the caller says about the body takes their place.
//
//   write_response_head(output, head, {.body = {Http1Body::Kind::kLength, 5}});
//   output.append("hello");
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/http/head.h"

namespace skerry::http {

/// How the receiver finds the end of the body.
struct Http1Body {
  enum class Kind : std::uint8_t {
    kNone,        ///< There is no body and no field about it: GET, 204, 304.
    kLength,      ///< Content-Length.
    kChunked,     ///< Transfer-Encoding: chunked. Not for HTTP/1.0 receivers.
    kUntilClose,  ///< The end of the connection: responses to HTTP/1.0 of unknown length.
  };
  Kind kind = Kind::kNone;
  std::uint64_t length = 0;
};

struct Http1RequestOptions {
  Http1Body body = {};
  /// Whether "Expect: 100-continue" is sent.
  bool expect_continue = false;
};

struct Http1ResponseOptions {
  Http1Body body = {};
  /// Whether the connection stays open after this response.
  bool keep_alive = true;
  /// Whether the receiver speaks HTTP/1.0 and has to be told that the connection stays open.
  bool to_http10 = false;
  /// The value of the Date field (RFC 9110 section 6.6.1); none is written when this is empty or the headers have one.
  std::string_view date = {};
};

/// Appends a request's start line and fields. InvalidArgument, and nothing appended, for a method that is no token, a
/// target or an authority with a character that does not belong there, or an empty authority.
Result<> write_request_head(std::string& output, const RequestHead& head, const Http1RequestOptions& options);

/// Appends a response's status line and fields. InvalidArgument, and nothing appended, for a status outside 200 to 599.
Result<> write_response_head(std::string& output, const ResponseHead& head, const Http1ResponseOptions& options);

/// Appends "100 Continue".
void write_continue(std::string& output);

/// Appends one chunk; nothing for empty data, since an empty chunk would end the body.
void write_chunk(std::string& output, std::string_view data);

/// Appends the end of a chunked body. Of the trailers, those are sent that `announced` (the value of the message's
/// Trailer field) names and that may be trailers at all: no receiver has to accept others.
void write_last_chunk(std::string& output, const Headers& trailers = {}, std::string_view announced = {});

/// The value of a Date field: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
std::string http_date(std::int64_t seconds_since_1970);

}  // namespace skerry::http
