// SPDX-License-Identifier: Apache-2.0
//
// MessageStream: one call's messages over a connection, both ways, without their types: frames are cut, decompressed
// and bounded here, bytes come from and go to the transport that derives from it. The typed ends of a streaming method
// (stream.h) stand on it. Internal to this folder and to generated code.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/async/task.h"
#include "skerry/grpc/compression.h"
#include "skerry/grpc/framing.h"
#include "skerry/grpc/stream.h"

namespace skerry::grpc {

class MessageStream {
 public:
  /// `encoding` is what messages with the compressed flag are in: the peer's grpc-encoding.
  MessageStream(std::size_t message_bytes_max, Compression encoding)
      : message_bytes_max_(message_bytes_max), encoding_(encoding), deframer_(message_bytes_max) {}
  virtual ~MessageStream() = default;
  MessageStream(const MessageStream&) = delete;
  MessageStream& operator=(const MessageStream&) = delete;

  /// A message that has arrived already, decompressed; nullopt when more bytes are needed. Valid until the next call.
  Result<std::optional<std::string_view>> buffered_message();
  /// Takes more bytes from the peer; false at the end of its stream. INTERNAL when that cuts a message in two.
  Task<bool> fill();
  /// Sends one uncompressed frame (append_message_frame), compressed if the transport was told so.
  virtual Task<> write_frame(std::string frame) = 0;

 protected:
  /// The next piece of the peer's body; nullopt at its end.
  virtual Task<std::optional<std::string>> read_chunk() = 0;

 private:
  std::size_t message_bytes_max_;
  Compression encoding_;
  Deframer deframer_;
  std::string decompressed_;
};

/// The payload of a frame: decompressed into `storage` if it is compressed. INTERNAL for a compressed frame when
/// `encoding` is identity, else as decompress().
Result<std::string_view> frame_message(const Frame& frame, Compression encoding, std::size_t message_bytes_max,
                                       std::string& storage);

/// An uncompressed frame as it is, or its payload compressed into a new one.
std::string encode_frame(std::string frame, Compression compression);

/// False when the bytes are not a message of that type.
bool parse_message(google::protobuf::Message& message, std::string_view bytes);
/// What a message that cannot be parsed fails with: INTERNAL.
Error unreadable_message(const google::protobuf::Message& type);
/// What a call fails with whose request is missing: INTERNAL.
Error missing_request();

/// Appends the message as one uncompressed frame. RESOURCE_EXHAUSTED beyond 2 GiB, protobuf's own limit.
Result<> append_message_frame(std::string& out, const google::protobuf::Message& message);

/// The next message, or nullopt at the end of the peer's stream.
template <class T>
Task<std::optional<T>> receive_message(MessageStream& stream) {
  while (true) {
    std::optional<std::string_view> bytes = co_await stream.buffered_message();
    if (bytes) {
      std::optional<T> message(std::in_place);
      if (!parse_message(*message, *bytes)) co_await unreadable_message(*message);
      co_return std::move(message);
    }
    const bool more = co_await stream.fill();
    if (!more) co_return std::nullopt;
  }
}

namespace internal {

Task<> failed_send(Error error);

template <class T>
class StreamReceiver final : public ReceiverEnd<T> {
 public:
  explicit StreamReceiver(std::shared_ptr<MessageStream> stream) : stream_(std::move(stream)) {}
  Task<std::optional<T>> receive() override { return receive_message<T>(*stream_); }
  // What the peer still sends is discarded when the call ends.
  void drop() override {}

 private:
  std::shared_ptr<MessageStream> stream_;
};

template <class T>
class StreamSender final : public SenderEnd<T> {
 public:
  explicit StreamSender(std::shared_ptr<MessageStream> stream) : stream_(std::move(stream)) {}
  // Not a coroutine: the message is serialised at once, so that one frame less is needed for each.
  Task<> send(T message) override {
    if (ended_) return failed_send(Error::failed_precondition("the stream is closed"));
    std::string frame;
    if (auto appended = append_message_frame(frame, message); !appended) return failed_send(appended.error());
    return stream_->write_frame(std::move(frame));
  }
  // The stream ends with the method, and so does its status.
  void end(std::optional<Error>) override { ended_ = true; }

 private:
  std::shared_ptr<MessageStream> stream_;
  bool ended_ = false;
};

}  // namespace internal

template <class T>
Receiver<T> stream_receiver(std::shared_ptr<MessageStream> stream) {
  return Receiver<T>(std::make_shared<internal::StreamReceiver<T>>(std::move(stream)));
}

template <class T>
Sender<T> stream_sender(std::shared_ptr<MessageStream> stream) {
  return Sender<T>(std::make_shared<internal::StreamSender<T>>(std::move(stream)));
}

}  // namespace skerry::grpc
