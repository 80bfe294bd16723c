// SPDX-License-Identifier: Apache-2.0
//
// Listening for TCP connections. A server has one listener on each worker, all on one port (SO_REUSEPORT), so that a
// connection is accepted where it will live.
//
//   Result<net::ListenAddress> bound = net::bind_listen_address(*net::Address::from_ip("127.0.0.1", 0));
//   // on each worker:
//   std::unique_ptr<net::Listener> listener = co_await net::Listener::open(*bound);
//   for (;;) serve(co_await listener->accept());
#pragma once

#include <memory>

#include "skerry/net/stream.h"

namespace skerry::net {

/// Connections that the kernel keeps while nobody accepts them.
inline constexpr int kListenBacklog = 1024;

/// Checks that the port is free and fixes it: a port that somebody else listens on is FAILED_PRECONDITION here,
/// although SO_REUSEPORT would share it silently; for port 0 the system's choice comes back, held until `holder` goes.
struct ListenAddress {
  Address address;
  /// Keeps the port chosen for port 0; let it go when the listeners are open.
  std::shared_ptr<UniqueFd> holder;
};
Result<ListenAddress> bind_listen_address(const Address& address);

class Listener {
 public:
  /// Opens a listener on this worker.
  static Result<std::unique_ptr<Listener>> open(const Address& address);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Waits for the next connection; it belongs to this worker. A peer that gave up before it was accepted is skipped.
  /// When the process has no descriptors left, waits kAcceptRetry and tries again.
  Task<std::unique_ptr<Stream>> accept();
  static constexpr std::chrono::milliseconds kAcceptRetry{50};
  /// The next connection that waits already, or null: those that a listener leaves behind are reset.
  std::unique_ptr<Stream> accept_waiting();

  const Address& address() const { return address_; }

 private:
  Listener(UniqueFd fd, Address address);
  UniqueFd fd_;
  Address address_;
  internal::IoWatch watch_;
  internal::Reactor* reactor_ = nullptr;
};

}  // namespace skerry::net
