// SPDX-License-Identifier: Apache-2.0
//
// connect: a client of a registry by its addresses.
//
//   std::shared_ptr<etcd::Client> client = co_await etcd::connect({.endpoints = {"http://127.0.0.1:2379"}});
//
// It does not wait for the registry: the first call connects.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/etcd/client.h"

namespace skerry::etcd {

/// The largest response that is accepted. A page of a list is the largest that a client of this project asks for.
inline constexpr std::size_t kMaxResponseBytes = std::size_t{128} << 20;
/// After this time of silence on a connection with calls on it, it is asked for a sign of life, so that a member that
/// went without a word is noticed. No shorter than the 5 s that etcd allows.
inline constexpr std::chrono::seconds kKeepaliveInterval{10};
/// The longest wait between two attempts to connect to a member that is away: well below the length of a lease, so that
/// one that was away for a short time finds its leases renewed in time.
inline constexpr std::chrono::milliseconds kReconnectMax{500};
/// The endpoints that a client takes at most.
inline constexpr std::size_t kMaxEndpoints = 64;

struct ConnectOptions {
  /// "http://host:port" or "host:port", in the order in which they are tried. Each may be a list with commas, as
  /// ETCDCTL_ENDPOINTS has it.
  std::vector<std::string> endpoints;
  ClientOptions client{};
};

/// INVALID_ARGUMENT for what is not an address, for none and for more than kMaxEndpoints; UNIMPLEMENTED for https.
Result<std::shared_ptr<Client>> connect(ConnectOptions options);

/// The addresses in a list with commas, as "host:port". Errors as connect().
Result<std::vector<std::string>> parse_endpoints(std::string_view list);

}  // namespace skerry::etcd
