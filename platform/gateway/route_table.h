// SPDX-License-Identifier: Apache-2.0
//
// RouteTable: which service a request belongs to, by the beginning of its path and by its method. The one thing to
// know: the longest prefix decides alone. A path under "/api/orders/archive" never falls back to "/api/orders", also
// not when its method is not allowed there.
//
//   Result<RouteTable> table = RouteTable::make({{.path_prefix = "/api/orders", .methods = {"GET"}, .service =
//   "order"}}); RouteTable::Match match = table->find("GET", "/api/orders/17");       // match.route->service ==
//   "order"
//
// Does not change once it is made, so any thread may use it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/http/client.h"

namespace skerry::platform::gateway {

/// The most routes of one table.
inline constexpr std::size_t kMaxRoutes = 10'000;

struct Route {
  /// A path, whole segments of which a request's path begins with: "/api/orders" has "/api/orders/1" and not
  /// "/api/orders2". "/" has every path. A slash at the end does not matter.
  std::string path_prefix;
  /// The methods that the service is given; GET brings HEAD with it. Empty: all but CONNECT and TRACE.
  std::vector<std::string> methods = {};
  /// The name that the resolver knows the service by.
  std::string service;
  /// How long the service may take to answer; absent: GatewayOptions::deadline.
  std::optional<std::chrono::milliseconds> deadline = std::nullopt;
  /// What the service is spoken to with. gRPC needs HTTP/2.
  http::Protocol protocol = http::Protocol::kHttp2;
};

class RouteTable {
 public:
  RouteTable() = default;

  /// INVALID_ARGUMENT, naming the route, for a prefix that is no path or that is for operators alone
  /// (is_internal_path), a method that is none, a service without a name, and two routes for the same prefix and
  /// method.
  static Result<RouteTable> make(std::vector<Route> routes);

  enum class Outcome : std::uint8_t { kFound, kNotFound, kMethodNotAllowed };
  struct Match {
    Outcome outcome = Outcome::kNotFound;
    /// Null unless found. Valid as long as the table.
    const Route* route = nullptr;
    /// Where the method is not allowed: those that are, sorted.
    std::vector<std::string> allow = {};
  };
  /// Costs a look-up for each segment of the path. Precondition: the path is canonical (canonical_path).
  Match find(std::string_view method, std::string_view canonical) const;

  std::size_t size() const { return size_; }

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  Result<> add(Route route);
  static Match match_method(const std::vector<Route>& routes, std::string_view method);

  /// The routes of each prefix; the prefix of "/" is empty here, and no other ends in a slash.
  std::unordered_map<std::string, std::vector<Route>, TextHash, std::equal_to<>> by_prefix_;
  std::size_t size_ = 0;
};

}  // namespace skerry::platform::gateway
