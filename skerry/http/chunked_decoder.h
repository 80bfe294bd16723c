// SPDX-License-Identifier: Apache-2.0
//
// ChunkedDecoder: takes the chunked transfer coding off a body (RFC 9112 section 7.1), incrementally and without I/O.
// The one thing to know: it has one reading of its input or none. Lines end in CRLF and in nothing else, extensions
// and their quoted strings are parsed to the letter, and a trailer field is refused unless the message announced it.
//
//   Result<ChunkedDecoder::Step> step = decoder.next(input);
//   // step->data is a part of the body, step->consumed bytes of input are done with
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/http/headers.h"
#include "skerry/http/http1_limits.h"

namespace skerry::http {

class ChunkedDecoder {
 public:
  struct Step {
    /// How many bytes of the input are done with. The caller presents the rest again, followed by what has arrived.
    std::size_t consumed = 0;
    /// Bytes of the body, a view into the input; empty where the step only read framing.
    std::string_view data = {};
    /// The body, with its trailers, is complete.
    bool done = false;
  };

  /// `limits` must outlive the decoder.
  explicit ChunkedDecoder(const Http1Limits& limits) : limits_(limits) {}

  /// Begins a new body. `announced` is the value of the message's Trailer field: the names that its trailers may have.
  void reset(std::string_view announced);

  /// Goes on with the body. A step without data that is not done asks for more input. An InvalidArgument (with the
  /// status 400, 413 or 431) means that the connection cannot be read any further.
  Result<Step> next(std::string_view input);

  /// The trailers, complete once a step was done. The caller may move them out.
  Headers& trailers() { return trailers_; }

 private:
  enum class State : std::uint8_t { kSize, kData, kDataEnd, kTrailers, kDone };

  Result<> read_size_line(std::string_view line);
  Result<> read_extensions(std::string_view text);
  Result<> read_trailer(std::string_view line);
  /// Reads one line of framing; sets `step.consumed` past it. False when it is not whole yet.
  Result<bool> read_line(std::string_view input, Step& step);

  const Http1Limits& limits_;
  State state_ = State::kSize;
  std::uint64_t chunk_left_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  /// How much of the line at the front of the input was searched for its end before.
  std::size_t scanned_ = 0;
  std::string announced_;
  Headers trailers_;
};

/// Whether a field of that name (in lower case) steers framing, routing or authentication and so must not stand in a
/// trailer, announced or not (RFC 9110 section 6.5.1).
bool is_forbidden_trailer(std::string_view name);

}  // namespace skerry::http
