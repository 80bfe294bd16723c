// SPDX-License-Identifier: Apache-2.0
//
// Gateway: the one address that the outside sees. It takes HTTP/1.1, HTTP/2 and gRPC on one port, finds the service of
// a request by its path and method, and passes request and response through as streams, over connections that it keeps.
// The one thing to know: it never holds a whole body that streams, and it never asks who the instances of a service are
// on behalf of a request: the resolver's list changes underneath it, and a service that is not there is a 503 until it
// is.
//
//   std::unique_ptr<Gateway> gateway = co_await Gateway::make(
//       {.routes = {{.path_prefix = "/api/orders", .service = "order"}},
//        .resolver = std::make_shared<discovery::RegistryResolver>(directory)});
//   net::Address address = co_await gateway->listen(*net::Address::from_ip("127.0.0.1", 8080));
//   ...
//   co_await gateway->stop(5s);
//
// What it answers by itself, as http::error_response (gRPC calls get the same as grpc-status): 400 for a path with more
// than one reading (path.h), 404 where there is no route, 405 with Allow, 413 for a body over the limit, 502 for a
// service that resets the request, 503 for a service that is not there or breaks off before its answer, 504 for one
// that takes too long, 508 for a request that goes in a circle. What a service tells operators (/metrics, /health,
// /ready, /debug) is never passed on. Every response carries x-trace-id, and x-request-id unless the request
// was refused before it could be read.
//
// A request is sent again, within `max_attempts`, when the service cannot have seen it, and, if its method is GET, HEAD
// or OPTIONS, also when the connection broke before the answer; never once a part of a streamed body was handed on.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "platform/gateway/forwarder.h"
#include "platform/gateway/metrics.h"
#include "platform/gateway/route_table.h"
#include "skerry/async/live.h"
#include "skerry/http/resolver.h"
#include "skerry/http/server.h"
#include "skerry/net/address.h"

namespace skerry::platform::gateway {

struct GatewayOptions {
  std::vector<Route> routes;
  /// From a service's name to its instances. Must not be null.
  std::shared_ptr<http::Resolver> resolver;
  /// Null: http::PowerOfTwoBalancer.
  std::shared_ptr<http::Balancer> balancer = nullptr;
  ForwarderLimits limits = {};
  /// The limits of the side that clients see; max_body_bytes is the one for bodies (413).
  http::ServerOptions server = {};
  /// Whether the gateway stands behind a proxy whose X-Forwarded-* and Forwarded are to be believed and continued.
  bool trust_forwarded = false;
};

class Gateway {
 public:
  /// Spans, metrics and logs go to the running task's Telemetry, which must outlive the gateway. INVALID_ARGUMENT as
  /// RouteTable::make. To be called in a task.
  static Result<std::unique_ptr<Gateway>> make(GatewayOptions options);
  /// Precondition: stopped, or never listened. To be destroyed in a task, or after the runtime.
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Listens and serves until `stop`; gives the address with the port that the system chose for port 0.
  /// FAILED_PRECONDITION when the port is taken. May be called for several addresses.
  Task<net::Address> listen(net::Address address);
  /// Accepts no more, finishes the requests in flight, and after `limit` cancels those that are left, here and at the
  /// services.
  Task<> stop(std::chrono::nanoseconds limit);

  /// Replaces the routes: requests that come from now on are decided by them, those under way and all connections are
  /// not touched. Any thread. INVALID_ARGUMENT, and nothing changed, as RouteTable::make.
  Result<> set_routes(std::vector<Route> routes);

  /// Answers one request: what `listen` serves with. May be called on every worker at once.
  Task<http::Response> handle(http::Request request);

 private:
  Gateway(GatewayOptions options, RouteTable table, telemetry::Metrics& metrics);
  struct Passage;
  Task<http::Response> answer(http::Request request, std::shared_ptr<Passage> passage);

  const bool trust_forwarded_;
  const GatewayMetrics metrics_;
  const Live<RouteTable> table_;
  Forwarder forwarder_;
  http::Server server_;
};

}  // namespace skerry::platform::gateway
