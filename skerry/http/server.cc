// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/server.h"

#include <atomic>
#include <vector>

#include "skerry/async/channel.h"
#include "skerry/async/go.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/sync.h"
#include "skerry/base/check.h"
#include "skerry/http/server_connection.h"
#include "skerry/net/listener.h"

namespace skerry::http {

using internal::Connection;
using internal::ServerWorker;

namespace {

Task<> wait_for(Event* event) { co_await event->wait(); }

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(Handler handler, const ServerOptions& options) : handler_(std::move(handler)), options_(options) {}

  Task<net::Address> listen(net::Address address);
  Task<> stop(std::chrono::nanoseconds limit);
  ServerCounters counters() const;
  bool is_serving() const { return listeners_running_.load() > 0; }

 private:
  using Opened = Channel<Result<>>;
  /// A connection, known to its worker from when it was accepted to the end of its task.
  struct Hosted;

  void make_workers();
  static Task<> serve_worker(std::shared_ptr<Impl> self, ServerWorker* worker, net::Address address, Opened opened);
  Task<> accept_until_stopped(ServerWorker* worker, net::Listener* listener);
  Task<> accept_all(ServerWorker* worker, net::Listener* listener);
  void start_connection(ServerWorker* worker, std::unique_ptr<net::Stream> stream);
  Task<> drain(ServerWorker* worker);

  const Handler handler_;
  const ServerOptions options_;
  /// Guards the making of workers_, which does not change afterwards.
  mutable std::mutex make_workers_;
  std::vector<std::unique_ptr<ServerWorker>> workers_;
  std::atomic<std::size_t> open_connections_{0};
  std::atomic<std::size_t> listeners_running_{0};
  Event stopping_;
  Event stopped_;
  std::chrono::steady_clock::time_point stop_deadline_{};
};

void Server::Impl::make_workers() {
  const std::lock_guard lock(make_workers_);
  if (!workers_.empty()) return;
  for (std::size_t i = 0; i < Runtime::current().worker_count(); ++i) {
    workers_.push_back(std::make_unique<ServerWorker>());
    workers_.back()->handler = &handler_;
    workers_.back()->options = &options_;
  }
}

Task<net::Address> Server::Impl::listen(net::Address address) {
  if (stopping_.is_set()) co_return Error::failed_precondition("the server was stopped");
  make_workers();
  net::ListenAddress bound = co_await net::bind_listen_address(address);
  Runtime& runtime = Runtime::current();
  Opened opened(runtime.worker_count());
  stopped_.reset();
  listeners_running_.fetch_add(runtime.worker_count());
  for (std::size_t i = 0; i < runtime.worker_count(); ++i) {
    go_on(runtime.worker(i), "http server", &Impl::serve_worker, shared_from_this(), workers_[i].get(), bound.address,
          opened);
  }
  Result<> outcome;
  for (std::size_t i = 0; i < runtime.worker_count(); ++i) {
    std::optional<Result<>> one = co_await opened.receive();
    if (outcome && !*one) outcome = std::move(*one);
  }
  co_await std::move(outcome);
  co_return bound.address;
}

Task<> Server::Impl::serve_worker(std::shared_ptr<Impl> self, ServerWorker* worker, net::Address address,
                                  Opened opened) {
  // On every way out, cancellation too, the one who stops the server must not wait for ever.
  struct Done {
    Impl* impl;
    ~Done() {
      if (impl->listeners_running_.fetch_sub(1) == 1) impl->stopped_.set();
    }
  } done{self.get()};
  // Slots of this worker's own: the requests of all workers would count their references to the same ones. Requests do
  // not belong to the span in which the server was started.
  const telemetry::AttachTelemetry attached(telemetry::current());
  if (!worker->telemetry) worker->telemetry.emplace(telemetry::current());
  Result<std::unique_ptr<net::Listener>> listener = net::Listener::open(address);
  const bool open = listener.has_value();
  opened.try_send(open ? Result<>() : skerry::fail(Error(listener.error())));
  if (!open) co_return;
  (void)co_await self->accept_until_stopped(worker, listener->get()).result();
  while (auto stream = (*listener)->accept_waiting()) self->start_connection(worker, std::move(stream));
  listener->reset();
  co_await self->drain(worker);
}

Task<> Server::Impl::accept_until_stopped(ServerWorker* worker, net::Listener* listener) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&]() -> Task<> { co_await accept_all(worker, listener); });
    co_await stopping_.wait();
    scope.cancel();
  });
}

Task<> Server::Impl::accept_all(ServerWorker* worker, net::Listener* listener) {
  while (true) {
    // A connection that fails while it is accepted concerns nobody else.
    Result<std::unique_ptr<net::Stream>> stream = co_await listener->accept().result();
    if (!stream) {
      co_await yield();
      continue;
    }
    start_connection(worker, std::move(*stream));
  }
}

struct Server::Impl::Hosted {
  Hosted(std::shared_ptr<Impl> by, ServerWorker* at, std::unique_ptr<net::Stream> stream)
      : impl(std::move(by)), worker(at), connection(std::move(stream), impl->options_.write_timeout) {
    connection.set_protocol(internal::make_sniffing_protocol(connection, *worker));
    worker->empty.reset();
    worker->connections.insert(&connection);
    worker->connection_count.add();
    worker->open_connections.add();
  }
  ~Hosted() {
    worker->connections.erase(&connection);
    worker->open_connections.add(-1);
    impl->open_connections_.fetch_sub(1);
    if (worker->connections.empty()) worker->empty.set();
  }

  std::shared_ptr<Impl> impl;
  ServerWorker* worker;
  Connection connection;
};

void Server::Impl::start_connection(ServerWorker* worker, std::unique_ptr<net::Stream> stream) {
  if (open_connections_.fetch_add(1) >= options_.max_connections) {
    open_connections_.fetch_sub(1);
    worker->refused_connections.add();
    return;
  }
  go_named(
      "http connection", [](std::unique_ptr<Hosted> hosted) -> Task<> { co_await hosted->connection.run(); },
      std::make_unique<Hosted>(shared_from_this(), worker, std::move(stream)));
}

Task<> Server::Impl::drain(ServerWorker* worker) {
  worker->draining = true;
  const std::vector<Connection*> open(worker->connections.begin(), worker->connections.end());
  for (Connection* connection : open) connection->protocol().drain();
  if (!worker->connections.empty()) (void)co_await with_deadline(stop_deadline_, wait_for(&worker->empty)).result();
  const std::vector<Connection*> left(worker->connections.begin(), worker->connections.end());
  for (Connection* connection : left) connection->close_now();
  while (!worker->connections.empty()) co_await worker->empty.wait();
}

Task<> Server::Impl::stop(std::chrono::nanoseconds limit) {
  if (!stopping_.is_set()) {
    stop_deadline_ = std::chrono::steady_clock::now() + limit;
    stopping_.set();
  }
  if (listeners_running_.load() > 0) co_await stopped_.wait();
}

ServerCounters Server::Impl::counters() const {
  ServerCounters sum;
  const std::lock_guard lock(make_workers_);
  for (const std::unique_ptr<ServerWorker>& worker : workers_) {
    sum.connections += worker->connection_count.value();
    sum.refused_connections += worker->refused_connections.value();
    sum.open_connections += worker->open_connections.value();
    sum.requests += worker->requests.value();
    sum.panics += worker->panics.value();
    sum.refused_requests += worker->refused_requests.value();
  }
  return sum;
}

Server::Server(Handler handler, ServerOptions options) : impl_(std::make_shared<Impl>(std::move(handler), options)) {}

Server::~Server() = default;

Task<net::Address> Server::listen(net::Address address) { return impl_->listen(address); }

Task<> Server::stop(std::chrono::nanoseconds limit) { return impl_->stop(limit); }

ServerCounters Server::counters() const { return impl_->counters(); }

}  // namespace skerry::http
