// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/framing.h"

#include "skerry/base/check.h"

namespace skerry::grpc {
namespace {

std::uint32_t prefix_length(std::string_view prefix) {
  std::uint32_t length = 0;
  for (std::size_t i = 1; i < kMessagePrefixBytes; ++i) length = length << 8 | static_cast<unsigned char>(prefix[i]);
  return length;
}

// The payload's length. Precondition: `bytes` holds a whole prefix.
Result<std::size_t> checked_length(std::string_view bytes, std::size_t message_bytes_max) {
  const auto flag = static_cast<unsigned char>(bytes[0]);
  if (flag > 1) return fail(Error::internal("gRPC message with the unknown flag {}", flag));
  const std::size_t length = prefix_length(bytes);
  if (length > message_bytes_max) {
    return fail(Error::resource_exhausted("gRPC message of {} bytes is larger than the limit of {} bytes", length,
                                          message_bytes_max));
  }
  return length;
}

}  // namespace

std::array<char, kMessagePrefixBytes> message_prefix(bool compressed, std::size_t length) {
  SKERRY_CHECK(length <= kMessageBytesLimit, "a gRPC message is at most 4 GiB");
  return {static_cast<char>(compressed ? 1 : 0), static_cast<char>(length >> 24 & 0xff),
          static_cast<char>(length >> 16 & 0xff), static_cast<char>(length >> 8 & 0xff),
          static_cast<char>(length & 0xff)};
}

void append_frame(std::string& out, bool compressed, std::string_view message) {
  const auto prefix = message_prefix(compressed, message.size());
  out.append(prefix.data(), prefix.size());
  out.append(message);
}

void Deframer::feed(std::string bytes) {
  if (offset_ == buffer_.size()) {
    // Nothing is left of what came before: the chunk itself becomes the buffer, without a copy.
    buffer_ = std::move(bytes);
    offset_ = 0;
    return;
  }
  buffer_.erase(0, offset_);
  offset_ = 0;
  buffer_ += bytes;
}

Result<std::optional<Frame>> Deframer::next() {
  if (failure_) return fail(*failure_);
  const std::string_view rest = std::string_view(buffer_).substr(offset_);
  if (rest.size() < kMessagePrefixBytes) return std::nullopt;
  auto length = checked_length(rest, message_bytes_max_);
  if (!length) {
    failure_ = length.error();
    return fail(std::move(length));
  }
  if (rest.size() - kMessagePrefixBytes < *length) return std::nullopt;
  offset_ += kMessagePrefixBytes + *length;
  return Frame{rest[0] == 1, rest.substr(kMessagePrefixBytes, *length)};
}

Result<> Deframer::finish() const {
  if (failure_) return fail(*failure_);
  if (buffered_bytes() != 0) return fail(Error::internal("the stream ended inside a gRPC message"));
  return {};
}

Result<Frame> single_frame(std::string_view body, std::size_t message_bytes_max) {
  if (body.empty()) return fail(Error::internal("a gRPC message was expected and the stream ended"));
  if (body.size() < kMessagePrefixBytes) return fail(Error::internal("the stream ended inside a gRPC message"));
  auto length = checked_length(body, message_bytes_max);
  if (!length) return fail(std::move(length));
  const std::size_t payload_bytes = body.size() - kMessagePrefixBytes;
  if (payload_bytes < *length) return fail(Error::internal("the stream ended inside a gRPC message"));
  if (payload_bytes > *length) return fail(Error::internal("more than one gRPC message where one was expected"));
  return Frame{body[0] == 1, body.substr(kMessagePrefixBytes)};
}

}  // namespace skerry::grpc
