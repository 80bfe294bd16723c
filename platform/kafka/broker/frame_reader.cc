// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/broker/frame_reader.h"

#include <algorithm>
#include <utility>

namespace skerry::platform::kafka {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;

}  // namespace

FrameReader::FrameReader(net::Stream& stream, std::int32_t max_frame_bytes)
    : stream_(stream), max_frame_bytes_(max_frame_bytes), buffer_(kReadBytes) {}

Task<std::optional<std::string>> FrameReader::next() {
  for (;;) {
    if (!length_) co_await take_length();
    if (length_ && fill_frame()) {
      length_.reset();
      co_return std::exchange(frame_, std::string());
    }
    const net::IoResult result = read_some();
    switch (result.state) {
      case net::IoResult::State::kDone:
        break;
      case net::IoResult::State::kWouldBlock:
        co_await stream_.readable();
        break;
      case net::IoResult::State::kEnd:
        co_return std::nullopt;
      case net::IoResult::State::kFailed:
        co_return net::io_error(result, "read");
    }
  }
}

Result<> FrameReader::take_length() {
  if (end_ - begin_ < protocol::kFrameLengthBytes) return {};
  protocol::Reader reader(std::string_view(buffer_.data() + begin_, protocol::kFrameLengthBytes));
  const auto length = reader.integer<std::int32_t>();
  if (length < 0 || length > max_frame_bytes_) {
    return fail(Error::invalid_argument("a message of {} bytes; at most {} are taken: is this a client of Kafka?",
                                        length, max_frame_bytes_));
  }
  begin_ += protocol::kFrameLengthBytes;
  length_ = static_cast<std::size_t>(length);
  return {};
}

bool FrameReader::fill_frame() {
  const std::size_t size = std::min(*length_ - frame_.size(), end_ - begin_);
  frame_.append(buffer_.data() + begin_, size);
  begin_ += size;
  return frame_.size() == *length_;
}

net::IoResult FrameReader::read_some() {
  const std::size_t missing = length_ ? *length_ - frame_.size() : 0;
  net::IoResult result;
  if (missing >= buffer_.size()) {
    const std::size_t old = frame_.size();
    // Doubles, so that the promise of a long frame takes memory only as it is kept.
    const std::size_t room = std::min(missing, std::max(old, buffer_.size()));
    // The size that the library hands in may be more than the one asked for.
    frame_.resize_and_overwrite(old + room, [&](char* data, std::size_t) {
      result = stream_.try_read({data + old, room});
      return old + (result.state == net::IoResult::State::kDone ? result.size : 0);
    });
    return result;
  }
  if (begin_ == end_) begin_ = end_ = 0;
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_), buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
            buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  result = stream_.try_read({buffer_.data() + end_, buffer_.size() - end_});
  if (result.state == net::IoResult::State::kDone) end_ += result.size;
  return result;
}

}  // namespace skerry::platform::kafka
