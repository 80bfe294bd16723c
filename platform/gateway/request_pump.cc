// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/request_pump.h"

#include <utility>

#include "skerry/async/go.h"
#include "skerry/async/timeout.h"

namespace skerry::platform::gateway {

void RequestPump::send_to(std::shared_ptr<http::Exchange> exchange) {
  exchange_ = std::move(exchange);
  exchange_changed_.set();
  if (!std::exchange(started_, true)) go_named("gateway request body", &RequestPump::run, shared_from_this());
}

void RequestPump::answered() { settled_.set(); }

void RequestPump::stop() {
  stopped_ = true;
  exchange_ = nullptr;
  exchange_changed_.set();
  settled_.set();
}

Task<> RequestPump::run(std::shared_ptr<RequestPump> self) {
  while (true) {
    Result<std::optional<std::string>> chunk = co_await self->body_.read().result();
    const std::shared_ptr<http::Exchange> exchange = co_await self->next_exchange();
    if (!exchange) co_return;
    if (!chunk) {
      self->fail(std::move(chunk).error());
      co_return;
    }
    self->begun_ = true;
    if (!*chunk) {
      (void)co_await exchange->finish(self->body_.take_trailers()).result();
      co_await self->await_answer();
      co_return;
    }
    // The reader of the response sees the same failure.
    const Result<> written = co_await exchange->write(std::move(**chunk)).result();
    if (!written) co_return;
  }
}

Task<std::shared_ptr<http::Exchange>> RequestPump::next_exchange() {
  while (!exchange_ && !stopped_) {
    exchange_changed_.reset();
    co_await exchange_changed_.wait();
  }
  co_return exchange_;
}

Task<> RequestPump::await_answer() {
  if (!answer_limit_) co_return;
  const auto settled = [](RequestPump* pump) -> Task<> { co_await pump->settled_.wait(); };
  const Result<> in_time = co_await with_timeout(*answer_limit_, settled(this)).result();
  if (!in_time && !settled_.is_set()) fail(Error::deadline_exceeded("the service did not answer in time"));
}

void RequestPump::fail(Error error) {
  failure_ = std::move(error);
  // Whoever waits for the response finds the failure here.
  if (const std::shared_ptr<http::Exchange> exchange = exchange_) exchange->cancel();
}

}  // namespace skerry::platform::gateway
