// SPDX-License-Identifier: Apache-2.0
//
// Http1Limits: how much of a message is read before it is refused. Every number is a count or in bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace skerry::http {

struct Http1Limits {
  /// Request line or status line, without its CRLF. A longer request line is answered with 414.
  std::size_t max_start_line_bytes = 8 * 1024;
  /// Start line and fields together, with their line ends. A larger head is answered with 431.
  std::size_t max_head_bytes = 32 * 1024;
  /// Fields of a head. More are answered with 431.
  std::size_t max_fields = 128;
  /// The decoded body. A larger one is answered with 413.
  std::uint64_t max_body_bytes = 64 * 1024 * 1024;
  /// One line with a chunk's size and extensions.
  std::size_t max_chunk_line_bytes = 1024;
  /// All chunk extensions of one body.
  std::size_t max_chunk_extension_bytes = 8 * 1024;
  /// All trailers of one body.
  std::size_t max_trailer_bytes = 8 * 1024;
  std::size_t max_trailer_fields = 32;
  /// Interim (1xx) responses before the final one.
  std::size_t max_interim_responses = 16;
};

/// Empty lines before a request line that are skipped (RFC 9112 section 2.2).
inline constexpr std::size_t kMaxEmptyLinesBeforeRequest = 2;
/// Digits of a chunk size: 15 hexadecimal digits cannot overflow 64 bits.
inline constexpr std::size_t kMaxChunkSizeDigits = 15;
/// Digits of a Content-Length: 18 decimal digits cannot overflow 64 bits.
inline constexpr std::size_t kMaxContentLengthDigits = 18;

}  // namespace skerry::http
