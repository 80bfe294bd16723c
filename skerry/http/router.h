// SPDX-License-Identifier: Apache-2.0
//
// Router: which handler a method and a path belong to. Patterns are literal text with `{name}` for one whole segment
// and `{name...}` at the end for the rest of the path. The one thing to know: what is more specific wins, whatever was
// added first: literal text before `{name}` before `{name...}`, decided segment by segment from the left, and a
// choice that leads nowhere is taken back.
//
//   Router<Handler> router;
//   router.add("GET", "/users/{id}", get_user);
//   router.add("GET", "/files/{path...}", get_file);
//   auto match = router.find("GET", "/users/u%201");
//   if (match.outcome == RouteOutcome::kFound) (*match.value)(match.params);       // {{"id", "u 1"}}
//
// A look-up walks a radix tree: it costs as much as the path is long, not as there are routes. Reading from several
// threads is safe once the last route was added.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/http/message.h"

namespace skerry::http {

/// The method of a route that answers every method.
inline constexpr std::string_view kAnyMethod = "*";
/// The longest pattern, in bytes, and the most variables of one.
inline constexpr std::size_t kMaxPatternBytes = 1024;
inline constexpr std::size_t kMaxPatternVariables = 16;

enum class RouteOutcome : std::uint8_t {
  kFound,
  kNotFound,          ///< No pattern matches the path: 404.
  kMethodNotAllowed,  ///< Patterns match, but none for this method: 405 with `allow`.
  kMalformedPath,     ///< The path has a malformed escape or an encoded NUL: 400.
};

namespace internal {

/// The tree behind Router, from method and path to the number of a route.
class RouteTree {
 public:
  struct Match {
    RouteOutcome outcome = RouteOutcome::kNotFound;
    std::uint32_t route = 0;
    PathParameters parameters;
    std::vector<std::string> allow;
  };

  RouteTree();
  ~RouteTree();
  RouteTree(const RouteTree&) = delete;
  RouteTree& operator=(const RouteTree&) = delete;

  /// The new route's number: 0 for the first, then 1, and so on.
  Result<std::uint32_t> add(std::string_view method, std::string_view pattern);
  Match find(std::string_view method, std::string_view path) const;

 private:
  struct Node;
  struct Walk;
  static Node& insert_literal(Node& start, std::string_view text);
  static bool walk(const Node& node, std::string_view rest, Walk& state);
  static bool accept(const Node& node, Walk& state);

  std::unique_ptr<Node> root_;
  /// The names of each route's variables; routes are numbered in the order of `add`.
  std::vector<std::vector<std::string>> variables_;
};

}  // namespace internal

template <class T>
class Router {
 public:
  struct Match {
    RouteOutcome outcome = RouteOutcome::kNotFound;
    /// The route's value; null unless found. Valid while the router lives.
    const T* value = nullptr;
    /// The route's pattern, as it was added: the label to count a request under. Valid while the router lives.
    std::string_view pattern = {};
    PathParameters parameters = {};
    /// For kMethodNotAllowed: the methods that the path has, sorted.
    std::vector<std::string> allow = {};
  };

  /// Adds a route. InvalidArgument for a pattern that is not well formed: it must begin with '/', a variable must fill
  /// a segment and have a name of letters, digits and '_' that occurs once, `{name...}` must come last. AlreadyExists
  /// for a method and pattern that match exactly what another route matches.
  Result<> add(std::string_view method, std::string_view pattern, T value) {
    if (Result<std::uint32_t> added = tree_.add(method, pattern); !added) return fail(std::move(added));
    routes_.push_back({std::string(pattern), std::move(value)});
    return {};
  }

  /// The route for a method and a path (without query, percent-encoded). A HEAD request finds a GET route when there is
  /// none for HEAD. `{name}` matches one non-empty segment, `{name...}` also nothing. An encoded slash never separates
  /// segments.
  Match find(std::string_view method, std::string_view path) const {
    internal::RouteTree::Match found = tree_.find(method, path);
    Match match{.outcome = found.outcome, .parameters = std::move(found.parameters), .allow = std::move(found.allow)};
    if (found.outcome == RouteOutcome::kFound) {
      match.value = &routes_[found.route].value;
      match.pattern = routes_[found.route].pattern;
    }
    return match;
  }

  std::size_t size() const { return routes_.size(); }

 private:
  struct Route {
    std::string pattern;
    T value;
  };
  internal::RouteTree tree_;
  std::deque<Route> routes_;
};

}  // namespace skerry::http
