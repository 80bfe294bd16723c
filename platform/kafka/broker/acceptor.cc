// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/broker/acceptor.h"

#include <atomic>
#include <utility>

#include "skerry/async/channel.h"
#include "skerry/async/go.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/net/listener.h"
#include "skerry/telemetry/log.h"

namespace skerry::platform::kafka {
namespace {

using Opened = Channel<Result<>>;

Task<> wait_for(Event* event) { co_await event->wait(); }

// The connections of one worker.
struct OpenConnections {
  std::size_t count = 0;
  /// Set while there are none.
  Event none;
};

}  // namespace

class Acceptor::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(Serve serve) : serve_(std::move(serve)) {}

  Task<net::Address> listen(net::Address address);
  Task<> stop(std::chrono::nanoseconds limit);

 private:
  static Task<> serve_worker(std::shared_ptr<Impl> self, net::Address address, Opened opened);
  Task<> serve_connections(std::unique_ptr<net::Listener> listener);
  Task<> accept_until_stopped(Scope& connections, net::Listener* listener, OpenConnections* open);
  Task<> accept_all(Scope& connections, net::Listener* listener, OpenConnections* open);
  Task<> serve_one(std::unique_ptr<net::Stream> stream, OpenConnections* open);

  const Serve serve_;
  std::atomic<std::size_t> open_connections_{0};
  std::atomic<std::size_t> workers_running_{0};
  Event stopping_;
  Event stopped_;
  std::chrono::steady_clock::time_point stop_deadline_{};
};

Task<net::Address> Acceptor::Impl::listen(net::Address address) {
  net::ListenAddress bound = co_await net::bind_listen_address(address);
  Runtime& runtime = Runtime::current();
  Opened opened(runtime.worker_count());
  workers_running_ = runtime.worker_count();
  for (std::size_t i = 0; i < runtime.worker_count(); ++i)
    go_on(runtime.worker(i), "kafka acceptor", &Impl::serve_worker, shared_from_this(), bound.address, opened);
  Result<> outcome;
  for (std::size_t i = 0; i < runtime.worker_count(); ++i) {
    std::optional<Result<>> one = co_await opened.receive();
    if (outcome && !*one) outcome = std::move(*one);
  }
  co_await std::move(outcome);
  co_return bound.address;
}

Task<> Acceptor::Impl::serve_worker(std::shared_ptr<Impl> self, net::Address address, Opened opened) {
  // On every way out, cancellation too, the one who stops must not wait for ever.
  struct Done {
    Impl* impl;
    ~Done() {
      if (impl->workers_running_.fetch_sub(1) == 1) impl->stopped_.set();
    }
  } done{self.get()};
  Result<std::unique_ptr<net::Listener>> listener = net::Listener::open(address);
  opened.try_send(listener ? Result<>() : fail(Error(listener.error())));
  if (!listener) co_return;
  (void)co_await self->serve_connections(*std::move(listener)).result();
}

Task<> Acceptor::Impl::serve_connections(std::unique_ptr<net::Listener> listener) {
  OpenConnections open;
  open.none.set();
  co_await with_scope([&](Scope& connections) -> Task<> {
    (void)co_await accept_until_stopped(connections, listener.get(), &open).result();
    listener.reset();
    (void)co_await with_deadline(stop_deadline_, wait_for(&open.none)).result();
    connections.cancel();
  });
}

Task<> Acceptor::Impl::accept_until_stopped(Scope& connections, net::Listener* listener, OpenConnections* open) {
  co_await with_scope([&](Scope& scope) -> Task<> {
    scope.go([&] { return accept_all(connections, listener, open); });
    co_await stopping_.wait();
    scope.cancel();
  });
}

Task<> Acceptor::Impl::accept_all(Scope& connections, net::Listener* listener, OpenConnections* open) {
  for (;;) {
    // A connection that fails while it is accepted concerns nobody else.
    Result<std::unique_ptr<net::Stream>> stream = co_await listener->accept().result();
    if (!stream) {
      co_await yield();
      continue;
    }
    if (open_connections_.load() >= kMaxConnections) continue;
    connections.go([this, open](std::unique_ptr<net::Stream> accepted) { return serve_one(std::move(accepted), open); },
                   *std::move(stream));
  }
}

Task<> Acceptor::Impl::serve_one(std::unique_ptr<net::Stream> stream, OpenConnections* open) {
  struct Counted {
    Impl* impl;
    OpenConnections* open;
    Counted(Impl* by, OpenConnections* at) : impl(by), open(at) {
      impl->open_connections_.fetch_add(1);
      ++open->count;
      open->none.reset();
    }
    ~Counted() {
      impl->open_connections_.fetch_sub(1);
      if (--open->count == 0) open->none.set();
    }
  } counted(this, open);
  try {
    (void)co_await serve_(std::move(stream), stopping_).result();
  } catch (const std::exception& panic) {
    // A bug in serving one client ends that client's connection and no other.
    skerry::log::error("serving a connection panicked", {{"panic", panic.what()}});
  }
}

Task<> Acceptor::Impl::stop(std::chrono::nanoseconds limit) {
  if (!stopping_.is_set()) {
    stop_deadline_ = std::chrono::steady_clock::now() + limit;
    stopping_.set();
  }
  if (workers_running_.load() > 0) co_await stopped_.wait();
}

Acceptor::Acceptor(Serve serve) : impl_(std::make_shared<Impl>(std::move(serve))) {}
Acceptor::~Acceptor() = default;
Task<net::Address> Acceptor::listen(net::Address address) { return impl_->listen(address); }
Task<> Acceptor::stop(std::chrono::nanoseconds limit) { return impl_->stop(limit); }

}  // namespace skerry::platform::kafka
