// SPDX-License-Identifier: Apache-2.0
//
// The framing of gRPC messages: a message is one flag byte (1: compressed), its length in four bytes, big-endian, and
// its bytes; HTTP/2 DATA frames cut this stream anywhere (PROTOCOL-HTTP2, "Length-Prefixed-Message"). Pure: bytes in,
// messages out. The one thing to know: a Frame that `next` gives points into the deframer and is valid until the next
// `feed`.
//
//   Deframer deframer(kReceiveMessageBytesMax);
//   deframer.feed(std::move(chunk));
//   auto frame = deframer.next();          // Result<std::optional<Frame>>: nullopt means feed more
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::grpc {

/// The flag byte and the length before each message.
inline constexpr std::size_t kMessagePrefixBytes = 5;

/// The largest message that is accepted unless configured otherwise: gRPC's own default.
inline constexpr std::size_t kReceiveMessageBytesMax = std::size_t{4} * 1024 * 1024;

/// The longest message that the prefix can express.
inline constexpr std::size_t kMessageBytesLimit = 0xFFFFFFFF;

/// The prefix of a message of `length` bytes. Precondition: length <= kMessageBytesLimit.
std::array<char, kMessagePrefixBytes> message_prefix(bool compressed, std::size_t length);

/// Appends the prefix and the message to `out`. Precondition: as message_prefix.
void append_frame(std::string& out, bool compressed, std::string_view message);

/// One message as it stood on the wire.
struct Frame {
  bool compressed = false;
  std::string_view payload;
};

/// Cuts a stream of bytes into messages. Holds at most one incomplete message and what was fed beyond it. After an
/// error it stays failed, because the boundaries are lost.
class Deframer {
 public:
  /// A prefix that announces more than `message_bytes_max` fails with kResourceExhausted before its bytes are kept.
  explicit Deframer(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  /// Takes more bytes of the stream. Frames given before are no longer valid.
  void feed(std::string bytes);

  /// The next complete message, or nullopt when more bytes are needed. kResourceExhausted for a message over the limit,
  /// kInternal for a flag other than 0 and 1.
  Result<std::optional<Frame>> next();

  /// What the end of the stream means: kInternal when it cuts a message in two.
  Result<> finish() const;

  /// Bytes held that `next` has not given yet.
  std::size_t buffered_bytes() const { return buffer_.size() - offset_; }

 private:
  std::size_t message_bytes_max_;
  std::string buffer_;
  std::size_t offset_ = 0;
  std::optional<Error> failure_;
};

/// The whole of `body` as exactly one message: what a complete unary request or response is. kInternal when it is less
/// or more than one message, else as Deframer::next. The frame points into `body`.
Result<Frame> single_frame(std::string_view body, std::size_t message_bytes_max);

}  // namespace skerry::grpc
