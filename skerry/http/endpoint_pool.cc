// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "skerry/async/go.h"
#include "skerry/base/defer.h"
#include "skerry/base/ids.h"
#include "skerry/http/client_pool.h"
#include "skerry/http/http_error.h"

namespace skerry::http::internal {
namespace {

/// Streams that an HTTP/2 connection is counted on to take before it has said how many.
constexpr std::size_t kExpectedStreams = 100;

}  // namespace

struct EndpointPool::LiveConnection final : ClientConnectionEvents {
  LiveConnection(EndpointPool& of, Connection& what, ClientProtocol& speaks)
      : pool(of), connection(what), protocol(speaks) {}
  void on_slots_changed() override { pool.serve_waiters(); }
  void on_alive() override {
    alive = true;
    pool.failures_ = 0;
  }

  EndpointPool& pool;
  Connection& connection;
  ClientProtocol& protocol;
  bool alive = false;
};

EndpointPool::EndpointPool(std::shared_ptr<const ClientConfig> config, Endpoint endpoint)
    : config_(std::move(config)), endpoint_(std::move(endpoint)) {}

EndpointPool::~EndpointPool() = default;

EndpointState EndpointPool::state() const {
  return {.in_flight = in_flight_, .backing_off = live_.empty() && is_backing_off()};
}

void EndpointPool::on_outcome(const Error* error, int status, std::chrono::nanoseconds latency) {
  config_->options.balancer->record(endpoint_, {.error = error, .status = status, .latency = latency});
}

ClientProtocol* EndpointPool::free_connection() const {
  for (LiveConnection* live : live_) {
    if (live->protocol.free_slots() > 0) return &live->protocol;
  }
  return nullptr;
}

Result<std::shared_ptr<ClientExchange>> EndpointPool::start_on(ClientProtocol& protocol, const RequestHead& head,
                                                               bool end) {
  auto exchange = std::make_shared<ClientExchange>(shared_from_this());
  ++in_flight_;
  if (Result<> started = protocol.start(exchange, head, end); !started) {
    exchange->withdraw();
    return fail(std::move(started));
  }
  return exchange;
}

Task<std::shared_ptr<ClientExchange>> EndpointPool::start(const RequestHead* head, bool end) {
  if (closed_) co_return mark_retry_safe(Error::unavailable("the client is closed"));
  if (waiters_.empty()) {
    if (ClientProtocol* protocol = free_connection()) co_return co_await start_on(*protocol, *head, end);
  }
  if (waiters_.size() >= config_->options.max_waiting_requests) {
    co_return mark_retry_safe(
        Error::resource_exhausted("{} requests wait for {}", waiters_.size(), endpoint_.address.to_string()));
  }
  Waiter waiter{.head = head, .end = end};
  const auto place = waiters_.insert(waiters_.end(), &waiter);
  // Cancelled, the request must not be started any more.
  Defer leave([&] {
    if (!waiter.result) {
      waiters_.erase(place);
    } else if (*waiter.result) {
      (**waiter.result)->abandon(Error::cancelled("cancelled"));
    }
  });
  connect_as_needed();
  while (!waiter.result) co_await waiter.done.wait("connection");
  leave.cancel();
  co_return co_await std::move(*waiter.result);
}

void EndpointPool::finish_waiter(Waiter& waiter, Result<std::shared_ptr<ClientExchange>> result) {
  waiters_.remove(&waiter);
  waiter.result.emplace(std::move(result));
  waiter.done.notify();
}

void EndpointPool::fail_waiters(const Error& error) {
  while (!waiters_.empty()) finish_waiter(*waiters_.front(), fail(Error(error)));
}

void EndpointPool::serve_waiters() {
  // Starting a request changes the slots, which leads back here.
  if (std::exchange(serving_waiters_, true)) return;
  while (!waiters_.empty()) {
    ClientProtocol* protocol = free_connection();
    if (protocol == nullptr) break;
    Waiter& waiter = *waiters_.front();
    finish_waiter(waiter, start_on(*protocol, *waiter.head, waiter.end));
  }
  serving_waiters_ = false;
  connect_as_needed();
}

std::size_t EndpointPool::coming_connections() const {
  const auto has_not_spoken = [](const LiveConnection* live) { return !live->alive; };
  return connecting_ + static_cast<std::size_t>(std::ranges::count_if(live_, has_not_spoken));
}

void EndpointPool::connect_as_needed() {
  const bool http2 = config_->options.protocol == Protocol::kHttp2;
  while (!waiters_.empty() && coming_connections() * (http2 ? kExpectedStreams : 1) < waiters_.size() &&
         live_.size() + connecting_ < config_->options.max_connections_per_endpoint) {
    if (is_backing_off()) {
      // With connections at work, one of them will be free some time.
      if (live_.empty() && connecting_ == 0) fail_waiters(mark_retry_safe(Error(*last_failure_)));
      return;
    }
    ++connecting_;
    go_named("http client connection", &EndpointPool::keep_connection, shared_from_this());
  }
}

Task<> EndpointPool::keep_connection(std::shared_ptr<EndpointPool> self) {
  Defer not_connecting([&] { --self->connecting_; });
  Result<std::unique_ptr<net::Stream>> stream =
      co_await with_timeout(self->config_->options.connect_timeout, net::connect(self->endpoint_.address)).result();
  not_connecting.cancel();
  --self->connecting_;
  if (!stream) {
    self->connect_failed(stream.error());
  } else {
    co_await self->run_connection(std::move(*stream));
  }
}

Task<> EndpointPool::run_connection(std::unique_ptr<net::Stream> stream) {
  Connection connection(std::move(stream), config_->options.write_timeout);
  // The protocol needs its events and these need the protocol: the forwarder breaks the circle.
  struct Forward final : ClientConnectionEvents {
    LiveConnection* to = nullptr;
    void on_slots_changed() override {
      if (to != nullptr) to->on_slots_changed();
    }
    void on_alive() override {
      if (to != nullptr) to->on_alive();
    }
  } forward;
  const auto make = config_->options.protocol == Protocol::kHttp2 ? &make_http2_client : &make_http1_client;
  std::unique_ptr<ClientProtocol> protocol = make(connection, forward, config_->settings);
  LiveConnection live(*this, connection, *protocol);
  connection.set_protocol(std::move(protocol));
  forward.to = &live;
  live_.push_back(&live);
  const Defer ended([&] {
    forward.to = nullptr;
    std::erase(live_, &live);
    connection_ended(live);
  });
  // HTTP/1.1 says nothing before it is asked; that the port is open has to do.
  if (config_->options.protocol == Protocol::kHttp1) live.on_alive();
  if (closed_) live.protocol.drain();
  serve_waiters();
  co_await connection.run();
}

void EndpointPool::back_off() {
  const BackoffOptions& backoff = config_->options.backoff;
  const double grown = static_cast<double>(backoff.initial.count()) * std::pow(backoff.factor, failures_);
  const double wait_ms = std::min(grown, static_cast<double>(backoff.max.count()));
  const double random = static_cast<double>(random_below(1'000'001)) / 500'000.0 - 1.0;
  ++failures_;
  next_attempt_ = std::chrono::steady_clock::now() +
                  std::chrono::microseconds(static_cast<std::int64_t>(wait_ms * 1000 * (1 + backoff.jitter * random)));
}

void EndpointPool::connect_failed(const Error& error) {
  back_off();
  last_failure_ = Error::unavailable("cannot connect to {}", endpoint_.address.to_string()).caused_by(error);
  if (live_.empty() && connecting_ == 0) fail_waiters(mark_retry_safe(Error(*last_failure_)));
}

void EndpointPool::connection_ended(const LiveConnection& connection) {
  // A server that accepts and then does not speak is as good as none.
  if (!connection.alive && !closed_) {
    back_off();
    last_failure_ = Error::unavailable("{} closed the connection at once", endpoint_.address.to_string());
  }
  if (!closed_) connect_as_needed();
}

void EndpointPool::close() {
  closed_ = true;
  fail_waiters(mark_retry_safe(Error::unavailable("the client is closed")));
  const std::vector<LiveConnection*> open = live_;
  for (LiveConnection* live : open) live->protocol.drain();
}

}  // namespace skerry::http::internal
