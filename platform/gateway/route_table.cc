// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/route_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include "platform/gateway/path.h"
#include "skerry/http/headers.h"
#include "skerry/http/uri.h"

namespace skerry::platform::gateway {
namespace {

/// Methods that are not passed on: a tunnel, and an echo of fields that the client must not see (RFC 9110 section 9.3).
bool is_never_routed(std::string_view method) { return method == "CONNECT" || method == "TRACE"; }

bool allows(const Route& route, std::string_view method) {
  if (route.methods.empty()) return true;
  return std::ranges::any_of(route.methods, [&](const std::string& allowed) {
    return allowed == method || (method == "HEAD" && allowed == "GET");
  });
}

bool overlap(const Route& a, const Route& b) {
  if (a.methods.empty() || b.methods.empty()) return true;
  return std::ranges::any_of(
      a.methods, [&](const std::string& method) { return std::ranges::find(b.methods, method) != b.methods.end(); });
}

Result<> check(const Route& route) {
  const auto refuse = [&](std::string_view why) {
    return fail(Error::invalid_argument("route {}: {}", route.path_prefix, why));
  };
  if (!http::is_valid_authority(route.service)) return refuse("the service has no valid name");
  if (route.deadline && route.deadline->count() <= 0) return refuse("the deadline is not positive");
  for (const std::string& method : route.methods) {
    // A method is a token, as a field's name is.
    if (!http::is_valid_field_name(method)) return refuse("a method is not valid");
    if (is_never_routed(method)) return refuse("CONNECT and TRACE are not passed on");
  }
  return {};
}

}  // namespace

Result<RouteTable> RouteTable::make(std::vector<Route> routes) {
  if (routes.size() > kMaxRoutes) {
    return fail(Error::invalid_argument("{} routes are more than {}", routes.size(), kMaxRoutes));
  }
  RouteTable table;
  for (Route& route : routes) {
    if (Result<> added = table.add(std::move(route)); !added) return fail(std::move(added));
  }
  return table;
}

Result<> RouteTable::add(Route route) {
  if (Result<> checked = check(route); !checked) return checked;
  Result<std::string> prefix = canonical_path(route.path_prefix);
  if (!prefix) return fail(std::move(prefix).error().annotate("route " + route.path_prefix));
  if (is_internal_path(*prefix)) {
    return fail(Error::invalid_argument("route {}: this path is for operators alone", route.path_prefix));
  }
  if (prefix->ends_with('/')) prefix->pop_back();
  route.path_prefix = prefix->empty() ? "/" : *prefix;
  std::vector<Route>& same = by_prefix_[*std::move(prefix)];
  if (std::ranges::any_of(same, [&](const Route& other) { return overlap(route, other); })) {
    return fail(Error::invalid_argument("route {}: another route has the same prefix and method", route.path_prefix));
  }
  same.push_back(std::move(route));
  ++size_;
  return {};
}

RouteTable::Match RouteTable::find(std::string_view method, std::string_view canonical) const {
  if (is_internal_path(canonical)) return {};
  if (canonical.ends_with('/')) canonical.remove_suffix(1);
  for (;;) {
    if (const auto found = by_prefix_.find(canonical); found != by_prefix_.end()) {
      return match_method(found->second, method);
    }
    if (canonical.empty()) return {};
    canonical = canonical.substr(0, canonical.rfind('/'));
  }
}

RouteTable::Match RouteTable::match_method(const std::vector<Route>& routes, std::string_view method) {
  if (!is_never_routed(method)) {
    // A route that names the method comes before one that has HEAD only with its GET.
    for (const Route& route : routes) {
      if (std::ranges::find(route.methods, method) != route.methods.end()) return {Outcome::kFound, &route};
    }
    for (const Route& route : routes) {
      if (allows(route, method)) return {Outcome::kFound, &route};
    }
  }
  std::set<std::string> allow;
  for (const Route& route : routes) {
    allow.insert(route.methods.begin(), route.methods.end());
    if (route.methods.empty()) allow.insert({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"});
  }
  if (allow.contains("GET")) allow.insert("HEAD");
  return {.outcome = Outcome::kMethodNotAllowed, .allow = {allow.begin(), allow.end()}};
}

}  // namespace skerry::platform::gateway
