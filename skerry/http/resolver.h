// SPDX-License-Identifier: Apache-2.0
//
// How a client finds out where to connect: a Resolver turns the authority of a request ("user", "127.0.0.1:8080") into
// endpoints and tells of changes; a Balancer chooses among them. Both are interfaces, so that a registry can stand
// behind them; without one, names are looked up in the DNS and the less busy of two random endpoints is chosen.
//
//   auto resolver = std::make_shared<http::StaticResolver>();
//   resolver->set("user", {{.address = {"127.0.0.1", 7001}}, {.address = {"127.0.0.1", 7002}}});
//   http::Client client({.resolver = resolver});
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/live.h"
#include "skerry/async/task.h"
#include "skerry/base/error.h"
#include "skerry/net/address.h"

namespace skerry::http {

struct Endpoint {
  net::HostPort address = {};
  /// For the resolver and the balancer that belong together: what they know of this endpoint. The client keeps it and
  /// does not look into it.
  std::shared_ptr<const void> tag = nullptr;

  friend bool operator==(const Endpoint& a, const Endpoint& b) { return a.address == b.address; }
};

using Endpoints = std::vector<Endpoint>;

/// May be used on any worker.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// The endpoints of an authority, and their changes for as long as somebody holds the Live. The client asks once for
  /// each authority and worker. An empty list is not a failure: requests then fail with UNAVAILABLE. NOT_FOUND for a
  /// name that does not exist, INVALID_ARGUMENT for one that cannot.
  virtual Task<Live<Endpoints>> resolve(std::string authority) = 0;
};

/// How a request ended, for the balancer.
struct EndpointOutcome {
  /// Null when a response came, whatever its status.
  const Error* error = nullptr;
  /// The response's status; 0 without one.
  int status = 0;
  /// From the choice to the response's head.
  std::chrono::nanoseconds latency{0};
};

/// What the client knows of an endpoint when it asks for a choice.
struct EndpointState {
  /// Requests of this worker's client that are on their way to it.
  std::uint32_t in_flight = 0;
  /// The last attempt to connect failed and the next one is not due yet.
  bool backing_off = false;
};

/// May be used on any worker.
class Balancer {
 public:
  virtual ~Balancer() = default;
  /// The index of the endpoint for the next request; nullopt when none may be used. `states` goes with `endpoints`.
  /// `avoid` is the index of one that has just failed for this request: for use only where there is no other.
  virtual std::optional<std::size_t> pick(const Endpoints& endpoints, const std::vector<EndpointState>& states,
                                          std::optional<std::size_t> avoid) = 0;
  /// Tells how a request ended. Called once for each `pick` whose endpoint was used.
  virtual void record(const Endpoint& endpoint, const EndpointOutcome& outcome) {
    (void)endpoint;
    (void)outcome;
  }
};

/// Draws two at random and takes the one with fewer requests in flight; endpoints that cannot be connected to are
/// chosen only where there is no other (Mitzenmacher, "The power of two choices in randomized load balancing", 1996).
class PowerOfTwoBalancer final : public Balancer {
 public:
  std::optional<std::size_t> pick(const Endpoints& endpoints, const std::vector<EndpointState>& states,
                                  std::optional<std::size_t> avoid) override;
};

/// The authority itself is the address, its host an IP literal or a name in the DNS. The default.
class AuthorityResolver final : public Resolver {
 public:
  Task<Live<Endpoints>> resolve(std::string authority) override;
};

/// Endpoints that are set by hand; names that were not set are resolved as AuthorityResolver does.
class StaticResolver final : public Resolver {
 public:
  /// Any thread. Replaces the endpoints of a name; clients that use it learn of it at once.
  void set(std::string authority, Endpoints endpoints);
  Task<Live<Endpoints>> resolve(std::string authority) override;

 private:
  std::mutex mutex_;
  std::map<std::string, Live<Endpoints>> lives_;
};

}  // namespace skerry::http
