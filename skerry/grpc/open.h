// SPDX-License-Identifier: Apache-2.0
//
// open: makes a streaming call and gives the caller the ends of its streams, in the way that a pair of channels is
// used. The call runs as a child of a scope:
//
//   co_await with_scope([&](Scope& scope) -> Task<> {
//     auto watch = grpc::open(scope, *watcher, &Watcher::Watch);
//     co_await watch.requests.send(request);
//     while (auto event = co_await watch.responses.receive()) handle(*event);   // fails with the call's error
//   });
//
// The one thing to know: the call's failure comes out of `responses` and does not fail the scope. Dropping `responses`
// cancels the call, so a scope's body that has read enough just ends.
#pragma once

#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>

#include "skerry/async/scope.h"
#include "skerry/base/defer.h"
#include "skerry/grpc/pipe.h"
#include "skerry/grpc/stream.h"

namespace skerry::grpc {

/// The caller's ends of a bidirectional call. Close `requests` when there are no more.
template <class Q, class R>
struct Duplex {
  Sender<Q> requests;
  Receiver<R> responses;
};

/// The caller's ends of a call with a stream of requests. `response` gives one message.
template <class Q, class R>
struct Upload {
  Sender<Q> requests;
  Receiver<R> response;
};

namespace internal {

/// Cancels a running call from outside. Any thread.
class CallCanceller {
 public:
  void cancel() {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    if (scope_ != nullptr) scope_->cancel();
  }
  void attach(Scope* scope) {
    std::lock_guard lock(mutex_);
    scope_ = scope;
    if (cancelled_ && scope_ != nullptr) scope_->cancel();
  }

 private:
  std::mutex mutex_;
  Scope* scope_ = nullptr;
  bool cancelled_ = false;
};

/// Runs a call so that the canceller can end it.
template <class T>
Task<T> run_cancellable(std::shared_ptr<CallCanceller> canceller, Task<T> call) {
  return with_scope([canceller = std::move(canceller), call = std::move(call)](Scope& scope) mutable -> Task<T> {
    canceller->attach(&scope);
    Defer detach([&] { canceller->attach(nullptr); });
    if constexpr (std::is_void_v<T>) {
      co_await std::move(call);
    } else {
      co_return co_await std::move(call);
    }
  });
}

/// Runs a call whose responses go into a pipe, and ends the pipe as the call ends.
template <class R>
Task<> run_responses(std::shared_ptr<CallCanceller> canceller, Task<> call, std::shared_ptr<PipeState<R>> responses) {
  Sender<R> end(std::make_shared<PipeSender<R>>(responses));
  Result<> outcome = co_await run_cancellable(std::move(canceller), std::move(call)).result();
  if (outcome) {
    end.close();
  } else {
    end.fail(std::move(outcome).error());
  }
}

template <class R>
Task<> run_single_response(std::shared_ptr<CallCanceller> canceller, Task<R> call, Sender<R> response) {
  Result<R> outcome = co_await run_cancellable(std::move(canceller), std::move(call)).result();
  if (!outcome) {
    response.fail(std::move(outcome).error());
    co_return;
  }
  // The receiver may be gone, and then nobody misses the response.
  (void)co_await response.send(std::move(*outcome)).result();
  response.close();
}

template <class R>
struct CancellingPipe {
  std::shared_ptr<CallCanceller> canceller = std::make_shared<CallCanceller>();
  std::shared_ptr<PipeState<R>> state = std::make_shared<PipeState<R>>(kPipeMessages);
  CancellingPipe() {
    state->on_drop = [held = canceller] { held->cancel(); };
  }
  Receiver<R> receiver() { return Receiver<R>(std::make_shared<PipeReceiver<R>>(state)); }
  Sender<R> sender() { return Sender<R>(std::make_shared<PipeSender<R>>(state)); }
};

/// The response end that the called client gets: ending it is left to run_responses, which knows the outcome.
template <class R>
class UnendedSender final : public SenderEnd<R> {
 public:
  explicit UnendedSender(std::shared_ptr<PipeState<R>> state) : state_(std::move(state)) {}
  Task<> send(R message) override { return state_->send(std::move(message)); }
  void end(std::optional<Error>) override {}

 private:
  std::shared_ptr<PipeState<R>> state_;
};

}  // namespace internal

/// Opens a bidirectional call. `service` is a client or an implementation, and must outlive the scope.
template <class S, class Q, class R>
Duplex<Q, R> open(Scope& scope, std::type_identity_t<S>& service, Task<> (S::*method)(Receiver<Q>, Sender<R>)) {
  internal::CancellingPipe<R> responses;
  Pipe<Q> requests = make_pipe<Q>();
  Task<> call = (service.*method)(std::move(requests.receiver),
                                  Sender<R>(std::make_shared<internal::UnendedSender<R>>(responses.state)));
  Duplex<Q, R> ends{std::move(requests.sender), responses.receiver()};
  scope.go(internal::run_responses<R>, responses.canceller, std::move(call), responses.state);
  return ends;
}

/// Opens a call with a stream of responses.
template <class S, class Q, class R>
Receiver<R> open(Scope& scope, std::type_identity_t<S>& service, Task<> (S::*method)(Q, Sender<R>),
                 std::type_identity_t<Q> request) {
  internal::CancellingPipe<R> responses;
  Task<> call =
      (service.*method)(std::move(request), Sender<R>(std::make_shared<internal::UnendedSender<R>>(responses.state)));
  Receiver<R> receiver = responses.receiver();
  scope.go(internal::run_responses<R>, responses.canceller, std::move(call), responses.state);
  return receiver;
}

/// Opens a call with a stream of requests. Close `requests` to get the response.
template <class S, class Q, class R>
Upload<Q, R> open(Scope& scope, std::type_identity_t<S>& service, Task<R> (S::*method)(Receiver<Q>)) {
  internal::CancellingPipe<R> response;
  Pipe<Q> requests = make_pipe<Q>();
  Task<R> call = (service.*method)(std::move(requests.receiver));
  Upload<Q, R> ends{std::move(requests.sender), response.receiver()};
  scope.go(internal::run_single_response<R>, response.canceller, std::move(call), response.sender());
  return ends;
}

}  // namespace skerry::grpc
