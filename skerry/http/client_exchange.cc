// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/client_exchange.h"

#include <utility>

namespace skerry::http::internal {

void ClientExchange::report(const Error* error, int status) {
  if (std::exchange(reported_, true) || !observer_) return;
  observer_->on_outcome(error, status, std::chrono::steady_clock::now() - began_at_);
}

void ClientExchange::end_observation() {
  if (const std::shared_ptr<ExchangeObserver> observer = std::exchange(observer_, nullptr)) observer->on_over();
}

void ClientExchange::on_head(ResponseHead head) {
  head_seen_ = true;
  report(nullptr, head.status);
  head_ = std::move(head);
  head_arrived_.notify();
}

void ClientExchange::stop_sender() {
  if (sender == nullptr || sender == skerry::internal::Fiber::current()) return;
  sender->root_cancel().cancel(skerry::internal::CancelState::kCancelled);
}

void ClientExchange::complete(Headers trailers) {
  completed_ = true;
  protocol_ = nullptr;
  stop_sender();
  end_observation();
  inbound_.end(std::move(trailers));
  head_arrived_.notify();
  room_.notify();
}

void ClientExchange::fail(Error error) {
  protocol_ = nullptr;
  if (!error_) error_ = error;
  report(&error, 0);
  end_observation();
  stop_sender();
  inbound_.detach(std::move(error));
  head_arrived_.notify();
  room_.notify();
}

Task<> ClientExchange::write(std::string chunk) {
  if (error_) co_await Error(*error_);
  if (ended_) co_await Error::failed_precondition("the request was ended");
  if (protocol_ == nullptr || chunk.empty()) co_return;
  protocol_->push_chunk(*this, std::move(chunk));
  while (protocol_ != nullptr && !protocol_->has_room(*this)) co_await room_.wait("request body");
  if (error_) co_await Error(*error_);
}

void ClientExchange::end(Headers trailers) {
  if (std::exchange(ended_, true) || protocol_ == nullptr) return;
  protocol_->end_request(*this, std::move(trailers));
}

void ClientExchange::send_whole(std::string bytes, Headers trailers) {
  if (protocol_ != nullptr) protocol_->push_chunk(*this, std::move(bytes));
  end(std::move(trailers));
}

Task<ResponseHead> ClientExchange::head() {
  while (!head_ && !error_) co_await head_arrived_.wait("response");
  if (!head_) co_return Error(*error_);
  co_return std::move(*head_);
}

void ClientExchange::abandon(const Error& error) {
  if (protocol_ == nullptr) return;
  ClientProtocol& protocol = *protocol_;
  // The protocol may hold the last reference.
  const std::shared_ptr<ClientExchange> self = shared_from_this();
  protocol.cancel(*this);
  fail(error);
}

void ClientExchange::on_consumed(std::size_t bytes) {
  if (protocol_ != nullptr) protocol_->consumed(*this, bytes);
}

}  // namespace skerry::http::internal
