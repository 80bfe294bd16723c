// SPDX-License-Identifier: Apache-2.0
//
// Server: HTTP/1.1 and HTTP/2 on one port, told apart by the first bytes of a connection. The one thing to know: the
// handler runs on every worker at once, on the worker that accepted the connection, and its task is cancelled when the
// client goes away.
//
//   http::Server server([&](http::Request request) { return router.handle(std::move(request)); });
//   net::Address address = co_await server.listen(*net::Address::from_ip("127.0.0.1", 8080));
//   ...
//   co_await server.stop(10s);
//
// What a handler fails with is answered by error_response. A handler that throws is answered with 500 and counted; the
// process lives.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "skerry/http/http1_limits.h"
#include "skerry/http/http2_options.h"
#include "skerry/http/message.h"
#include "skerry/net/address.h"

namespace skerry::http {

struct ServerOptions {
  Http1Limits http1 = {};
  Http2Options http2 = {};
  /// The largest body of a request, over either version; a larger one is answered with 413.
  std::uint64_t max_body_bytes = 64 * 1024 * 1024;
  /// Connections at once, over all workers; one more is closed as soon as it is accepted.
  std::size_t max_connections = 10'000;
  /// Requests on one connection, after which it is closed in good order; 0: no limit.
  std::uint64_t max_requests_per_connection = 0;
  /// From the first byte of a request (or of the connection) to the end of its head; then 408.
  std::chrono::milliseconds header_timeout{10'000};
  /// The longest silence within the body of a request that the handler is waiting for; then 408.
  std::chrono::milliseconds body_timeout{30'000};
  /// The longest time without a request.
  std::chrono::milliseconds idle_timeout{120'000};
  /// The longest time in which a client takes none of what is sent to it.
  std::chrono::milliseconds write_timeout{30'000};
  /// What waits to be sent on one connection, or on one stream, before the writing handler has to wait, in bytes.
  std::size_t write_buffer_bytes = 64 * 1024;
};

/// What a server has done so far.
struct ServerCounters {
  std::uint64_t connections = 0;
  std::uint64_t refused_connections = 0;
  std::uint64_t open_connections = 0;
  std::uint64_t requests = 0;
  /// Requests whose handler or producer threw.
  std::uint64_t panics = 0;
  /// Messages that were refused before there was a handler: malformed, too large, too slow.
  std::uint64_t refused_requests = 0;
};

class Server {
 public:
  explicit Server(Handler handler, ServerOptions options = {});
  /// Precondition: stopped, or never listened, or the runtime has ended.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Listens on the address, on every worker, and serves until `stop`; gives the address with the port that the system
  /// chose for port 0. FAILED_PRECONDITION when the port is taken. May be called for several addresses.
  Task<net::Address> listen(net::Address address);

  /// Stops in good order: accepts no more, says so to the clients (Connection: close, GOAWAY in two steps), finishes
  /// the requests in flight, waits up to a second for the first one of a connection that was only just opened, and
  /// after `limit` cancels those that are left. Ends when nothing is left running.
  Task<> stop(std::chrono::nanoseconds limit);

  /// Any thread.
  ServerCounters counters() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace skerry::http
