// SPDX-License-Identifier: Apache-2.0
//
// Channel<T>: Go's channel. Tasks send and receive values of a movable T, across workers; a channel without capacity
// hands each value from sender to receiver. A Channel is a handle: copies are the same channel; a default-made one is
// nil, on which nothing is ever ready.
//
//   Channel<int> channel(8);
//   go([](Channel<int> out) -> Task<> { co_await out.send(1); out.close(); }, channel);
//   while (std::optional<int> value = co_await channel.receive()) use(*value);
//
// The rules are those of the Go specification ("Channel types", "Send statements", "Receive operator", "Close"): first
// in first out; after close, receives drain the buffer and then give nullopt for ever; sending on or closing a closed
// channel panics, closing a nil one too.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "skerry/async/channel_core.h"
#include "skerry/async/panic.h"

namespace skerry {

namespace internal {

template <class T>
struct ChannelState final : ChannelCore {
  explicit ChannelState(std::size_t channel_capacity) : ChannelCore(channel_capacity) {}
  std::deque<T> buffer;

  std::size_t buffered() const override { return buffer.size(); }

  // Under the lock. Moves *value away and returns true if the send could be completed.
  bool try_send(T& value) {
    if (closed) return false;
    if (Waiter* receiver = receivers.claim_first()) {
      static_cast<std::optional<T>*>(receiver->slot)->emplace(std::move(value));
      receiver->complete(true);
      return true;
    }
    if (buffer.size() >= capacity) return false;
    buffer.push_back(std::move(value));
    return true;
  }

  // Under the lock. True if the receive could be completed: with a value, or empty because the channel is closed.
  bool try_receive(std::optional<T>& value) {
    if (!buffer.empty()) {
      value.emplace(std::move(buffer.front()));
      buffer.pop_front();
      // The value of the longest waiting sender goes to the tail, so that the order stays first in, first out.
      if (Waiter* sender = senders.claim_first()) {
        buffer.push_back(std::move(*static_cast<T*>(sender->slot)));
        sender->complete(true);
      }
      return true;
    }
    if (Waiter* sender = senders.claim_first()) {
      value.emplace(std::move(*static_cast<T*>(sender->slot)));
      sender->complete(true);
      return true;
    }
    if (!closed) return false;
    value.reset();
    return true;
  }
};

template <class T>
class SendCase final : public ChannelCase {
 public:
  SendCase(std::shared_ptr<ChannelState<T>> state, T value)
      : ChannelCase(Direction::kSend, state.get()), state_(std::move(state)), value_(std::move(value)) {
    waiter.slot = &value_;
  }
  SendCase(SendCase&& other) noexcept
      : ChannelCase(Direction::kSend, other.state_.get()),
        state_(std::move(other.state_)),
        value_(std::move(other.value_)) {
    waiter.slot = &value_;
  }

  bool try_complete() override {
    if (state_->closed) {
      waiter.ok = false;
      return true;
    }
    waiter.ok = state_->try_send(value_);
    return waiter.ok;
  }
  void finish() override {
    if (!waiter.ok) panic("send on closed channel");
  }

 private:
  std::shared_ptr<ChannelState<T>> state_;
  T value_;
};

template <class T>
class ReceiveCase final : public ChannelCase {
 public:
  ReceiveCase(std::shared_ptr<ChannelState<T>> state, std::optional<T>* slot)
      : ChannelCase(Direction::kReceive, state.get()), state_(std::move(state)) {
    waiter.slot = slot;
  }
  ReceiveCase(ReceiveCase&& other) noexcept
      : ChannelCase(Direction::kReceive, other.state_.get()), state_(std::move(other.state_)) {
    waiter.slot = other.waiter.slot;
  }

  bool try_complete() override { return state_->try_receive(*static_cast<std::optional<T>*>(waiter.slot)); }
  void finish() override {
    if (!waiter.ok) static_cast<std::optional<T>*>(waiter.slot)->reset();
  }

 private:
  std::shared_ptr<ChannelState<T>> state_;
};

template <class T>
class SendAwaiter {
 public:
  SendAwaiter(std::shared_ptr<ChannelState<T>> state, T value)
      : case_(std::move(state), std::move(value)), cases_{&case_}, wait_("channel send", cases_, false) {}
  SendAwaiter(const SendAwaiter&) = delete;
  bool await_ready() { return wait_.try_now(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return wait_.suspend(&frame.promise());
  }
  void await_resume() { wait_.finish(); }

 private:
  SendCase<T> case_;
  SelectCase* cases_[1];
  SelectWait wait_;
};

template <class T>
class ReceiveAwaiter {
 public:
  explicit ReceiveAwaiter(std::shared_ptr<ChannelState<T>> state)
      : case_(std::move(state), &value_), cases_{&case_}, wait_("channel receive", cases_, false) {}
  ReceiveAwaiter(const ReceiveAwaiter&) = delete;
  bool await_ready() { return wait_.try_now(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return wait_.suspend(&frame.promise());
  }
  std::optional<T> await_resume() {
    wait_.finish();
    return std::move(value_);
  }

 private:
  std::optional<T> value_;
  ReceiveCase<T> case_;
  SelectCase* cases_[1];
  SelectWait wait_;
};

}  // namespace internal

template <class T>
class Channel {
 public:
  /// A nil channel: sends and receives wait for ever, in select its cases are never chosen.
  Channel() = default;
  /// A channel that holds up to `capacity` values; 0 hands over directly.
  explicit Channel(std::size_t capacity) : state_(std::make_shared<internal::ChannelState<T>>(capacity)) {}

  /// `co_await channel.send(value)`: waits until the value is handed over or buffered. Panics on a closed channel, also
  /// when it is closed meanwhile. Cancelled, the value was not sent.
  internal::SendAwaiter<T> send(T value) const { return {state_, std::move(value)}; }
  /// `co_await channel.receive()`: waits for a value; nullopt when the channel is closed and drained.
  internal::ReceiveAwaiter<T> receive() const { return internal::ReceiveAwaiter<T>(state_); }

  /// Sends if that is possible at once; `value` is moved from only then. Panics on a closed channel. Any thread.
  bool try_send(T& value) const {
    if (!state_) return false;
    std::lock_guard lock(state_->mutex);
    if (state_->closed) panic("send on closed channel");
    return state_->try_send(value);
  }
  bool try_send(T&& value) const { return try_send(value); }
  /// Receives if a value is there; nullopt otherwise, see is_drained(). Any thread.
  std::optional<T> try_receive() const {
    std::optional<T> value;
    if (!state_) return value;
    std::lock_guard lock(state_->mutex);
    state_->try_receive(value);
    return value;
  }

  /// No more sends. Waiting receivers get nullopt, waiting senders panic. Panics when closed already or nil. Any
  /// thread.
  void close() const {
    if (!state_) panic("close of nil channel");
    if (!state_->close()) panic("close of closed channel");
  }
  /// close() that does nothing when the channel is closed already. Returns whether this call closed it.
  bool close_once() const { return state_ && state_->close(); }
  bool is_closed() const { return state_ && state_->is_closed(); }

  /// Values in the buffer, and how many fit. Any thread; the size may be old when it is looked at.
  std::size_t size() const { return state_ ? state_->size() : 0; }
  std::size_t capacity() const { return state_ ? state_->capacity : 0; }
  explicit operator bool() const { return state_ != nullptr; }
  friend bool operator==(const Channel& a, const Channel& b) { return a.state_ == b.state_; }

  /// Cases for select (skerry/async/select.h). The slot must live until the select is over; it is emptied now and holds
  /// a value only if its case was chosen.
  internal::SendCase<T> on_send(T value) const { return {state_, std::move(value)}; }
  internal::ReceiveCase<T> on_receive(std::optional<T>& slot) const {
    // Here and not under the channel's lock: the destructor of an old value may use channels.
    slot.reset();
    return {state_, &slot};
  }

 private:
  std::shared_ptr<internal::ChannelState<T>> state_;
};

}  // namespace skerry
