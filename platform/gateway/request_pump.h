// SPDX-License-Identifier: Apache-2.0
//
// RequestPump: carries the body of a request that streams to the service, chunk by chunk and no faster than the service
// takes it, while the response may come already. It runs in a task of its own, because it may have to outlive the
// handler: the response's body is read after that has returned. The one thing to know: until the first chunk was handed
// on, the request can be sent again to somewhere else.
//
//   auto pump = std::make_shared<RequestPump>(std::move(request.body), 15s);
//   pump->send_to(exchange);
//   Result<http::ResponseHead> head = co_await exchange->head().result();
//   if (!head && !pump->begun()) pump->send_to(another);
//   ...
//   pump->stop();
//
// Belongs to one worker.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "skerry/async/sync.h"
#include "skerry/http/body.h"
#include "skerry/http/client.h"

namespace skerry::platform::gateway {

class RequestPump final : public std::enable_shared_from_this<RequestPump> {
 public:
  /// `answer_limit`: how long the response's head may take once the body is sent; nullopt: as long as it likes.
  RequestPump(http::Body body, std::optional<std::chrono::nanoseconds> answer_limit)
      : body_(std::move(body)), answer_limit_(answer_limit) {}
  RequestPump(const RequestPump&) = delete;
  RequestPump& operator=(const RequestPump&) = delete;

  /// Sends the body, or what is left of it, to this exchange from now on. The first call starts the task.
  void send_to(std::shared_ptr<http::Exchange> exchange);
  /// The exchange failed: the next chunk waits for another one.
  void forget_exchange() { exchange_ = nullptr; }
  /// Something of the body was handed on, or that it is empty.
  bool begun() const { return begun_; }
  /// Why the exchange was given up from this side: the client's body failed (with the status that answers it), or the
  /// time for the answer is over.
  const std::optional<Error>& failure() const { return failure_; }
  /// The response's head is here.
  void answered();
  /// Nothing more is wanted. What the client still sends is not read.
  void stop();

 private:
  static Task<> run(std::shared_ptr<RequestPump> self);
  Task<std::shared_ptr<http::Exchange>> next_exchange();
  Task<> await_answer();
  void fail(Error error);

  http::Body body_;
  const std::optional<std::chrono::nanoseconds> answer_limit_;
  std::shared_ptr<http::Exchange> exchange_;
  Event exchange_changed_;
  Event settled_;
  std::optional<Error> failure_;
  bool started_ = false;
  bool begun_ = false;
  bool stopped_ = false;
};

}  // namespace skerry::platform::gateway
