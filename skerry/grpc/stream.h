// SPDX-License-Identifier: Apache-2.0
//
// Sender<T> and Receiver<T>: the typed ends of a stream of messages, the same in a service and in its clients. The one
// thing to know: a stream ends well only by `close()`. A sender that goes without it, because its task failed or was
// cancelled, makes the receiver fail with CANCELLED, so half an upload never looks like a whole one. (In a service's
// method the responses end with the method: returning closes them, failing fails them.)
//
//   Task<> List(ListRequest request, Sender<Product> products) override {
//     for (const Product& product : stock) co_await products.send(product);   // waits while the peer is slow
//   }
//   while (std::optional<Product> product = co_await products.receive()) use(*product);
//
// An end belongs to one task at a time; the two ends may be on different workers.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "skerry/async/task.h"

namespace skerry::grpc {

/// What stands behind a Sender: a pipe within the process, or a call's way out to the network.
template <class T>
class SenderEnd {
 public:
  virtual ~SenderEnd() = default;
  /// Waits until there is room for the message. Fails when the stream is over.
  virtual Task<> send(T message) = 0;
  /// Ends the stream, with an error where one is given. Idempotent: the first end stays.
  virtual void end(std::optional<Error> error) = 0;
};

/// What stands behind a Receiver.
template <class T>
class ReceiverEnd {
 public:
  virtual ~ReceiverEnd() = default;
  virtual Task<std::optional<T>> receive() = 0;
  /// Nobody will receive any more; what is sent from now on fails.
  virtual void drop() = 0;
};

/// The end that messages go into. Movable, not copyable. Destroying it without close() ends the stream with CANCELLED.
template <class T>
class Sender {
 public:
  explicit Sender(std::shared_ptr<SenderEnd<T>> end) : end_(std::move(end)) {}
  Sender(Sender&&) noexcept = default;
  Sender& operator=(Sender&& other) noexcept {
    if (this != &other) {
      abandon();
      end_ = std::move(other.end_);
    }
    return *this;
  }
  ~Sender() { abandon(); }

  /// Sends one message; waits while the receiver is slow (flow control). Fails with CANCELLED when the receiver has
  /// gone, with the call's error when the call is over, and with FAILED_PRECONDITION after close(). Cancelled, the
  /// message may or may not have been sent. The sender must stay until the task has ended.
  Task<> send(T message) { return end_->send(std::move(message)); }

  /// No more messages: the receiver gets nullopt after those sent. Idempotent.
  void close() { end_->end(std::nullopt); }
  /// Ends the stream with an error, which the receiver gets after the messages sent. Nothing after close().
  void fail(Error error) { end_->end(std::move(error)); }

 private:
  void abandon() {
    if (end_) end_->end(Error::cancelled("the sender of the stream went without closing it"));
  }
  std::shared_ptr<SenderEnd<T>> end_;
};

/// The end that messages come out of. Movable, not copyable. Destroying it tells the sender that nobody listens.
template <class T>
class Receiver {
 public:
  explicit Receiver(std::shared_ptr<ReceiverEnd<T>> end) : end_(std::move(end)) {}
  Receiver(Receiver&&) noexcept = default;
  Receiver& operator=(Receiver&& other) noexcept {
    if (this != &other) {
      if (end_) end_->drop();
      end_ = std::move(other.end_);
    }
    return *this;
  }
  ~Receiver() {
    if (end_) end_->drop();
  }

  /// The next message, or nullopt at the end of the stream, then and ever after. Fails with the stream's error, then
  /// and ever after. Cancelled, no message is lost. The receiver must stay until the task has ended.
  Task<std::optional<T>> receive() { return end_->receive(); }

 private:
  std::shared_ptr<ReceiverEnd<T>> end_;
};

}  // namespace skerry::grpc
