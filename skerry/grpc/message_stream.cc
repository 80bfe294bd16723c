// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/message_stream.h"

#include <algorithm>
#include <limits>

namespace skerry::grpc {

Result<std::optional<std::string_view>> MessageStream::buffered_message() {
  auto frame = deframer_.next();
  if (!frame) return fail(std::move(frame));
  if (!*frame) return std::nullopt;
  auto message = frame_message(**frame, encoding_, message_bytes_max_, decompressed_);
  if (!message) return fail(std::move(message));
  return *message;
}

Task<bool> MessageStream::fill() {
  std::optional<std::string> chunk = co_await read_chunk();
  if (!chunk) {
    co_await deframer_.finish();
    co_return false;
  }
  deframer_.feed(std::move(*chunk));
  co_return true;
}

Result<std::string_view> frame_message(const Frame& frame, Compression encoding, std::size_t message_bytes_max,
                                       std::string& storage) {
  if (!frame.compressed) return frame.payload;
  if (encoding == Compression::kIdentity) {
    return fail(Error::internal("compressed gRPC message without a grpc-encoding"));
  }
  auto message = decompress(encoding, frame.payload, message_bytes_max);
  if (!message) return fail(std::move(message));
  storage = std::move(*message);
  return storage;
}

std::string encode_frame(std::string frame, Compression compression) {
  if (compression == Compression::kIdentity) return frame;
  std::string encoded;
  append_frame(encoded, true, compress(compression, std::string_view(frame).substr(kMessagePrefixBytes)));
  return encoded;
}

bool parse_message(google::protobuf::Message& message, std::string_view bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
  return message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

Error unreadable_message(const google::protobuf::Message& type) {
  return Error::internal("the bytes of the gRPC message are not a {}", type.GetTypeName());
}

Error missing_request() { return Error::internal("the call ended without its request"); }

Result<> append_message_frame(std::string& out, const google::protobuf::Message& message) {
  const std::size_t length = message.ByteSizeLong();
  if (length > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fail(Error::resource_exhausted("{} of {} bytes is larger than 2 GiB", message.GetTypeName(), length));
  }
  const std::size_t start = out.size();
  out.resize(start + kMessagePrefixBytes + length);
  const auto prefix = message_prefix(false, length);
  std::ranges::copy(prefix, out.begin() + static_cast<std::ptrdiff_t>(start));
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + start + kMessagePrefixBytes));
  return {};
}

namespace internal {

Task<> failed_send(Error error) { co_await std::move(error); }

}  // namespace internal

}  // namespace skerry::grpc
