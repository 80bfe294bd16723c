// SPDX-License-Identifier: Apache-2.0
//
// A stream within the process: what is sent into one end comes out of the other. For calling a streaming method with
// ends of one's own, and for tests of services:
//
//   auto [sender, receiver] = make_pipe<Product>();
//   scope.go([&, out = std::move(sender)]() mutable { return shop.List(request, std::move(out)); });
//   while (auto product = co_await receiver.receive()) ...
#pragma once

#include <functional>
#include <mutex>

#include "skerry/async/select.h"
#include "skerry/grpc/stream.h"

namespace skerry::grpc {

/// How many messages a pipe holds before send() waits, unless said otherwise.
inline constexpr std::size_t kPipeMessages = 8;

template <class T>
struct Pipe {
  Sender<T> sender;
  Receiver<T> receiver;
};

namespace internal {

/// The state that both ends share. `ended` and `dropped` are channels that carry nothing and are closed to wake whoever
/// waits on the other side.
template <class T>
class PipeState {
 public:
  explicit PipeState(std::size_t capacity) : messages_(capacity) {}

  Task<> send(T message) {
    if (dropped_.is_closed()) co_await Error::cancelled("nobody receives the stream any more");
    if (ended_.is_closed()) co_await Error::failed_precondition("the stream is closed");
    if (messages_.try_send(message)) co_return;
    std::optional<bool> nothing;
    const std::size_t chosen = co_await select(messages_.on_send(std::move(message)), dropped_.on_receive(nothing));
    if (chosen != 0) co_await Error::cancelled("nobody receives the stream any more");
  }

  Task<std::optional<T>> receive() {
    std::optional<T> message = messages_.try_receive();
    if (message) co_return message;
    std::optional<bool> nothing;
    const std::size_t chosen = co_await select(messages_.on_receive(message), ended_.on_receive(nothing));
    // Both were ready perhaps: what was sent before the end comes out before it.
    if (chosen == 1) message = messages_.try_receive();
    if (message) co_return message;
    std::optional<Error> error = end_error();
    if (error) co_await std::move(*error);
    co_return std::nullopt;
  }

  void end(std::optional<Error> error) {
    {
      std::lock_guard lock(mutex_);
      if (is_ended_) return;
      is_ended_ = true;
      error_ = std::move(error);
    }
    ended_.close();
  }

  void drop() {
    if (!dropped_.close_once()) return;
    if (on_drop) on_drop();
  }

  /// Called once when the receiver goes. Set before the pipe is shared.
  std::function<void()> on_drop;

 private:
  std::optional<Error> end_error() {
    std::lock_guard lock(mutex_);
    return error_;
  }

  skerry::Channel<T> messages_;
  skerry::Channel<bool> ended_{0};
  skerry::Channel<bool> dropped_{0};
  std::mutex mutex_;
  bool is_ended_ = false;
  std::optional<Error> error_;
};

template <class T>
class PipeSender final : public SenderEnd<T> {
 public:
  explicit PipeSender(std::shared_ptr<PipeState<T>> state) : state_(std::move(state)) {}
  Task<> send(T message) override { return state_->send(std::move(message)); }
  void end(std::optional<Error> error) override { state_->end(std::move(error)); }

 private:
  std::shared_ptr<PipeState<T>> state_;
};

template <class T>
class PipeReceiver final : public ReceiverEnd<T> {
 public:
  explicit PipeReceiver(std::shared_ptr<PipeState<T>> state) : state_(std::move(state)) {}
  Task<std::optional<T>> receive() override { return state_->receive(); }
  void drop() override { state_->drop(); }

 private:
  std::shared_ptr<PipeState<T>> state_;
};

template <class T>
Pipe<T> make_pipe(std::size_t capacity, std::function<void()> on_drop) {
  auto state = std::make_shared<PipeState<T>>(capacity);
  state->on_drop = std::move(on_drop);
  return {Sender<T>(std::make_shared<PipeSender<T>>(state)), Receiver<T>(std::make_shared<PipeReceiver<T>>(state))};
}

}  // namespace internal

/// Both ends of a stream that holds up to `capacity` messages; 0 hands each one over directly.
template <class T>
Pipe<T> make_pipe(std::size_t capacity = kPipeMessages) {
  return internal::make_pipe<T>(capacity, nullptr);
}

}  // namespace skerry::grpc
