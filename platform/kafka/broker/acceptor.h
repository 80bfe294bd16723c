// SPDX-License-Identifier: Apache-2.0
//
// Acceptor: takes connections on one port, on every worker, and serves each in a task of its own on the worker that
// took it.
//
//   Acceptor acceptor([&](std::unique_ptr<net::Stream> stream, Event& draining) { return serve(...); });
//   net::Address address = co_await acceptor.listen(address);
//   ...
//   co_await acceptor.stop(10s);
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/net/address.h"
#include "skerry/net/stream.h"

namespace skerry::platform::kafka {

/// Connections at once, over all workers; one more is closed as soon as it is accepted.
inline constexpr std::size_t kMaxConnections = 10'000;

class Acceptor {
 public:
  /// Serves one connection until its end. Called on every worker. The event is set when the connection should end as
  /// soon as what is under way is answered; it outlives the task. What the task fails with concerns nobody else.
  using Serve = std::function<Task<>(std::unique_ptr<net::Stream>, Event& draining)>;

  explicit Acceptor(Serve serve);
  /// Precondition: stopped, or never listened, or the runtime has ended.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  /// Listens on every worker and gives the address, with the port that the system chose for port 0.
  /// FAILED_PRECONDITION when the port is taken. Once.
  Task<net::Address> listen(net::Address address);

  /// Accepts no more, sets the event, and after `limit` cancels the connections that are left. Ends when there are
  /// none.
  Task<> stop(std::chrono::nanoseconds limit);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace skerry::platform::kafka
