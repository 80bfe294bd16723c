// SPDX-License-Identifier: Apache-2.0
//
// FrameReader: the length-prefixed frames of a connection. Memory follows what has arrived and not what a length
// promises.
//
//   FrameReader frames(*stream);
//   while (std::optional<std::string> frame = co_await frames.next()) handle(std::move(*frame));
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/header.h"
#include "skerry/async/task.h"
#include "skerry/net/stream.h"

namespace skerry::platform::kafka {

class FrameReader {
 public:
  /// The stream outlives the reader. A frame longer than `max_frame_bytes` is refused.
  explicit FrameReader(net::Stream& stream, std::int32_t max_frame_bytes = protocol::kMaxRequestBytes);

  /// The next frame without its length; nullopt when the peer has closed. INVALID_ARGUMENT for a length that cannot be,
  /// UNAVAILABLE when the connection broke. Cancelled, it loses nothing: the next call goes on where it was.
  Task<std::optional<std::string>> next();

  /// True between the first byte of a frame and its last.
  bool is_within_frame() const { return length_.has_value() || begin_ < end_; }

 private:
  Result<> take_length();
  /// Moves what has arrived into the frame; true when it is complete.
  bool fill_frame();
  /// Reads once without waiting, directly into a long frame.
  net::IoResult read_some();

  net::Stream& stream_;
  const std::int32_t max_frame_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is not taken yet
  std::size_t end_ = 0;
  std::optional<std::size_t> length_;  // of the frame that is being read
  std::string frame_;
};

}  // namespace skerry::platform::kafka
