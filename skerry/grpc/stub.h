// SPDX-License-Identifier: Apache-2.0
//
// What a generated client does for each kind of call: it holds the messages and the stream's ends while the channel
// makes the call. For generated code alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "skerry/grpc/channel.h"
#include "skerry/grpc/message_stream.h"
#include "skerry/grpc/service.h"

namespace skerry::grpc {

/// The default body of a service's method.
template <class R = void>
Task<R> unimplemented(Method method) {
  Error error = Error::unimplemented("{} does not implement {}", method.service(), method.name());
  if constexpr (std::is_void_v<R>) {
    co_await std::move(error);
  } else {
    co_return std::move(error);
  }
}

namespace internal {

template <class Q>
class ReceiverSource final : public RequestSource {
 public:
  explicit ReceiverSource(Receiver<Q>& receiver) : receiver_(receiver) {}
  Task<std::optional<std::string>> next_frame() override {
    std::optional<Q> request = co_await receiver_.receive();
    if (!request) co_return std::nullopt;
    std::string frame;
    co_await append_message_frame(frame, *request);
    co_return std::move(frame);
  }

 private:
  Receiver<Q>& receiver_;
};

template <class R>
class SenderSink final : public ResponseSink {
 public:
  explicit SenderSink(Sender<R>& sender) : sender_(sender) {}
  Task<> push(std::string_view bytes) override {
    R response;
    if (!parse_message(response, bytes)) return failed_send(unreadable_message(response));
    return sender_.send(std::move(response));
  }

 private:
  Sender<R>& sender_;
};

/// A sender for a method within the process: the stream ends when the call does and not with this end of it.
template <class R>
class LentSender final : public SenderEnd<R> {
 public:
  explicit LentSender(Sender<R>& sender) : sender_(&sender) {}
  Task<> send(R message) override {
    if (sender_ == nullptr) return failed_send(Error::cancelled("the call is over"));
    if (ended_) return failed_send(Error::failed_precondition("the stream is closed"));
    return sender_->send(std::move(message));
  }
  void end(std::optional<Error>) override { ended_ = true; }
  /// The call is over and the lender goes.
  void take_back() { sender_ = nullptr; }

 private:
  Sender<R>* sender_;
  bool ended_ = false;
};

/// Lends a sender for the life of the object, and ends its stream with the call's outcome.
template <class R>
class Loan {
 public:
  explicit Loan(Sender<R>& sender)
      : sender_(sender), sink_(sender), end_(std::make_shared<LentSender<R>>(sender)), lent_(end_) {}
  ~Loan() { end_->take_back(); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

  void attach(ClientCall& call) {
    call.arguments.responses = &lent_;
    call.responses = &sink_;
  }
  void finish(const Result<>& outcome) {
    if (outcome) {
      sender_.close();
    } else {
      sender_.fail(outcome.error());
    }
  }

 private:
  Sender<R>& sender_;
  SenderSink<R> sink_;
  std::shared_ptr<LentSender<R>> end_;
  Sender<R> lent_;
};

}  // namespace internal

namespace stub {

template <class R, class Q>
Task<R> unary(std::shared_ptr<Channel> channel, Method method, Q request) {
  R response;
  ClientCall call{.method = method, .arguments = {.request = &request, .response = &response}};
  co_await channel->call(call);
  co_return std::move(response);
}

template <class Q, class R>
Task<> server_stream(std::shared_ptr<Channel> channel, Method method, Q request, Sender<R> responses) {
  internal::Loan<R> loan(responses);
  ClientCall call{.method = method, .arguments = {.request = &request}};
  loan.attach(call);
  Result<> outcome = co_await channel->call(call).result();
  loan.finish(outcome);
  co_await std::move(outcome);
}

template <class R, class Q>
Task<R> client_stream(std::shared_ptr<Channel> channel, Method method, Receiver<Q> requests) {
  R response;
  internal::ReceiverSource<Q> source(requests);
  ClientCall call{.method = method, .arguments = {.response = &response, .requests = &requests}, .requests = &source};
  co_await channel->call(call);
  co_return std::move(response);
}

template <class Q, class R>
Task<> bidirectional(std::shared_ptr<Channel> channel, Method method, Receiver<Q> requests, Sender<R> responses) {
  internal::Loan<R> loan(responses);
  internal::ReceiverSource<Q> source(requests);
  ClientCall call{.method = method, .arguments = {.requests = &requests}, .requests = &source};
  loan.attach(call);
  Result<> outcome = co_await channel->call(call).result();
  loan.finish(outcome);
  co_await std::move(outcome);
}

}  // namespace stub

}  // namespace skerry::grpc
