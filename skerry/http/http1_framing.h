// SPDX-License-Identifier: Apache-2.0
//
// The lines and framing rules that requests, responses and trailers of HTTP/1 share. Internal to http/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/http/headers.h"
#include "skerry/http/http1_limits.h"

namespace skerry::http::internal {

/// The first line of the input without its CRLF, or nullopt while its end has not arrived. `scanned` remembers how far
/// the search came, so that input that drips in is not searched again; it is reset once a line was found.
/// InvalidArgument (400) when a line ends in a bare LF, and `too_long_status` when it is longer than `max_bytes`.
Result<std::optional<std::string_view>> find_line(std::string_view input, std::size_t& scanned, std::size_t max_bytes,
                                                  int too_long_status);

struct FieldLine {
  std::string_view name;
  std::string_view value;
};

/// A field line (RFC 9112 section 5): a token, a colon directly behind it, and a value without control characters.
/// A line that begins with a space (obs-fold) is refused.
Result<FieldLine> parse_field_line(std::string_view line);

/// Appends the field of a line.
Result<> append_field_line(std::string_view line, Headers& headers);

/// How the end of a body is found (RFC 9112 section 6.3).
struct Framing {
  bool chunked = false;
  std::optional<std::uint64_t> content_length = std::nullopt;
};

/// The value of a Content-Length field: digits and nothing else, at most kMaxContentLengthDigits. 400 otherwise.
Result<std::uint64_t> parse_content_length(std::string_view value);

/// What Content-Length and Transfer-Encoding say. Refused: both together, a Content-Length that is not a number or
/// occurs with different values, any transfer coding but a single "chunked" (501 for one that is unknown and followed
/// by chunked), any transfer coding in HTTP/1.0.
Result<Framing> read_framing(const Headers& headers, bool http10);

/// Whether the connection may carry another message after this one, by its version and Connection field.
bool wants_keep_alive(const Headers& headers, bool http10);

/// Whether the comma-separated list in all fields of that name has this member, without regard to case.
bool list_contains(const Headers& headers, std::string_view name, std::string_view member);

/// Whether a comma-separated list has this member, without regard to case.
bool list_contains(std::string_view list, std::string_view member);

}  // namespace skerry::http::internal
