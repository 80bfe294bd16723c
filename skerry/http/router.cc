// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/router.h"

#include <algorithm>
#include <array>
#include <optional>

#include "skerry/http/characters.h"
#include "skerry/http/uri.h"

namespace skerry::http::internal {
namespace {

/// One part of a pattern: literal text (encoded as `canonical_path` does) or a variable.
struct PatternPart {
  enum class Kind : std::uint8_t { kLiteral, kSegment, kRest };
  Kind kind;
  std::string text;
};

bool is_variable_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char character) {
    return character == '_' || is_digit(character) || (to_lower(character) >= 'a' && to_lower(character) <= 'z');
  });
}

/// A path in which each byte has one spelling: everything is decoded but '/' and '%', which stay "%2F" and "%25" so
/// that they are not taken for a separator or an escape. Nullopt for a malformed escape or an encoded NUL.
std::optional<std::string> canonical_path(std::string_view path) {
  std::string canonical;
  canonical.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      canonical.push_back(path[i]);
      continue;
    }
    if (i + 2 >= path.size()) return std::nullopt;
    const int high = hex_value(path[i + 1]);
    const int low = hex_value(path[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
    const char byte = static_cast<char>(high * 16 + low);
    if (byte == '/') {
      canonical.append("%2F");
    } else if (byte == '%') {
      canonical.append("%25");
    } else {
      canonical.push_back(byte);
    }
    i += 2;
  }
  return canonical;
}

Result<PatternPart> parse_variable(std::string_view text) {
  PatternPart part{.kind = PatternPart::Kind::kSegment, .text = {}};
  if (text.ends_with("...")) {
    part.kind = PatternPart::Kind::kRest;
    text.remove_suffix(3);
  }
  if (!is_variable_name(text)) return fail(Error::invalid_argument("a variable has no valid name"));
  part.text = text;
  return part;
}

Result<std::vector<PatternPart>> parse_pattern(std::string_view pattern) {
  if (!pattern.starts_with('/')) return fail(Error::invalid_argument("it does not begin with '/'"));
  if (pattern.size() > kMaxPatternBytes) return fail(Error::invalid_argument("it is too long"));
  std::vector<PatternPart> parts;
  std::string literal;
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::size_t slash = std::min(rest.find('/', 1), rest.size());
    const std::string_view segment = rest.substr(1, slash - 1);
    rest.remove_prefix(slash);
    literal.push_back('/');
    if (!segment.starts_with('{') || !segment.ends_with('}')) {
      if (segment.find_first_of("{}") != std::string_view::npos) {
        return fail(Error::invalid_argument("a variable does not fill its segment"));
      }
      for (const char character : segment) literal.append(character == '%' ? "%25" : std::string(1, character));
      continue;
    }
    Result<PatternPart> variable = parse_variable(segment.substr(1, segment.size() - 2));
    if (!variable) return fail(std::move(variable));
    if (variable->kind == PatternPart::Kind::kRest && !rest.empty()) {
      return fail(Error::invalid_argument("something follows the rest of the path"));
    }
    parts.push_back({.kind = PatternPart::Kind::kLiteral, .text = std::move(literal)});
    literal.clear();
    parts.push_back(std::move(*variable));
  }
  if (!literal.empty()) parts.push_back({.kind = PatternPart::Kind::kLiteral, .text = std::move(literal)});
  return parts;
}

Result<std::vector<std::string>> variable_names(const std::vector<PatternPart>& parts) {
  std::vector<std::string> names;
  for (const PatternPart& part : parts) {
    if (part.kind == PatternPart::Kind::kLiteral) continue;
    if (std::ranges::find(names, part.text) != names.end()) {
      return fail(Error::invalid_argument("the variable {} occurs twice", part.text));
    }
    if (names.size() == kMaxPatternVariables) return fail(Error::invalid_argument("it has too many variables"));
    names.push_back(part.text);
  }
  return names;
}

}  // namespace

struct RouteTree::Node {
  struct Endpoint {
    std::string method;
    std::uint32_t route;
  };

  /// Literal text that leads from the parent to here.
  std::string text;
  /// The first bytes of the literal children's texts, in the same order.
  std::string first_bytes;
  std::vector<std::unique_ptr<Node>> literals;
  /// Where one variable segment leads to.
  std::unique_ptr<Node> segment;
  /// Where the rest of the path leads to.
  std::unique_ptr<Node> rest;
  std::vector<Endpoint> endpoints;
};

/// A look-up on its way. Each node is entered at most once, because there is one way to every node.
struct RouteTree::Walk {
  std::string_view method;
  const Node::Endpoint* found = nullptr;
  std::array<std::string_view, kMaxPatternVariables> values = {};
  std::size_t value_count = 0;
  std::vector<std::string> allow = {};
};

RouteTree::RouteTree() : root_(std::make_unique<Node>()) {}
RouteTree::~RouteTree() = default;

Result<std::uint32_t> RouteTree::add(std::string_view method, std::string_view pattern) {
  if (!is_token(method)) return fail(Error::invalid_argument("route {}: invalid method", pattern));
  Result<std::vector<PatternPart>> parts = parse_pattern(pattern);
  if (!parts) return fail(std::move(parts.error()).annotate(fmt::format("route {}", pattern)));
  Result<std::vector<std::string>> names = variable_names(*parts);
  if (!names) return fail(std::move(names.error()).annotate(fmt::format("route {}", pattern)));
  Node* node = root_.get();
  for (const PatternPart& part : *parts) {
    if (part.kind == PatternPart::Kind::kLiteral) {
      node = &insert_literal(*node, part.text);
      continue;
    }
    std::unique_ptr<Node>& child = part.kind == PatternPart::Kind::kSegment ? node->segment : node->rest;
    if (!child) child = std::make_unique<Node>();
    node = child.get();
  }
  for (const Node::Endpoint& endpoint : node->endpoints) {
    if (endpoint.method == method) {
      return fail(Error::already_exists("route {} {} is there already", method, pattern));
    }
  }
  const auto route = static_cast<std::uint32_t>(variables_.size());
  node->endpoints.push_back({std::string(method), route});
  variables_.push_back(std::move(*names));
  return route;
}

RouteTree::Node& RouteTree::insert_literal(Node& start, std::string_view text) {
  Node* node = &start;
  while (!text.empty()) {
    const std::size_t index = node->first_bytes.find(text.front());
    if (index == std::string::npos) {
      auto child = std::make_unique<Node>();
      child->text = text;
      node->first_bytes.push_back(text.front());
      node->literals.push_back(std::move(child));
      return *node->literals.back();
    }
    std::unique_ptr<Node>& child = node->literals[index];
    const auto [end, unused] = std::ranges::mismatch(child->text, text);
    const auto common = static_cast<std::size_t>(end - child->text.begin());
    if (common < child->text.size()) {
      auto upper = std::make_unique<Node>();
      upper->text = child->text.substr(0, common);
      child->text.erase(0, common);
      upper->first_bytes.push_back(child->text.front());
      upper->literals.push_back(std::move(child));
      child = std::move(upper);
    }
    node = child.get();
    text.remove_prefix(common);
  }
  return *node;
}

bool RouteTree::accept(const Node& node, Walk& state) {
  const Node::Endpoint* fallback = nullptr;
  for (const Node::Endpoint& endpoint : node.endpoints) {
    if (endpoint.method == state.method) {
      state.found = &endpoint;
      return true;
    }
    if (endpoint.method == kAnyMethod) fallback = &endpoint;
    if (endpoint.method == "GET" && state.method == "HEAD" && fallback == nullptr) fallback = &endpoint;
  }
  state.found = fallback;
  if (fallback != nullptr) return true;
  for (const Node::Endpoint& endpoint : node.endpoints) {
    state.allow.push_back(endpoint.method);
    if (endpoint.method == "GET") state.allow.emplace_back("HEAD");
  }
  return false;
}

bool RouteTree::walk(const Node& node, std::string_view rest, Walk& state) {
  if (!rest.starts_with(node.text)) return false;
  rest.remove_prefix(node.text.size());
  if (rest.empty() && accept(node, state)) return true;
  if (!rest.empty()) {
    const std::size_t index = node.first_bytes.find(rest.front());
    if (index != std::string::npos && walk(*node.literals[index], rest, state)) return true;
  }
  if (node.segment && !rest.empty() && rest.front() != '/') {
    const std::size_t end = std::min(rest.find('/'), rest.size());
    state.values[state.value_count++] = rest.substr(0, end);
    if (walk(*node.segment, rest.substr(end), state)) return true;
    --state.value_count;
  }
  if (node.rest) {
    state.values[state.value_count++] = rest;
    if (accept(*node.rest, state)) return true;
    --state.value_count;
  }
  return false;
}

RouteTree::Match RouteTree::find(std::string_view method, std::string_view path) const {
  Match match;
  std::optional<std::string> canonical;
  if (path.find('%') != std::string_view::npos) {
    canonical = canonical_path(path);
    if (!canonical) {
      match.outcome = RouteOutcome::kMalformedPath;
      return match;
    }
    path = *canonical;
  }
  Walk state{.method = method};
  if (!walk(*root_, path, state)) {
    if (state.allow.empty()) return match;
    match.outcome = RouteOutcome::kMethodNotAllowed;
    match.allow = std::move(state.allow);
    std::ranges::sort(match.allow);
    const auto repeated = std::ranges::unique(match.allow);
    match.allow.erase(repeated.begin(), repeated.end());
    return match;
  }
  match.outcome = RouteOutcome::kFound;
  match.route = state.found->route;
  const std::vector<std::string>& names = variables_[match.route];
  match.parameters.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    // Canonical text has no malformed escapes.
    match.parameters.emplace_back(names[i], percent_decode(state.values[i]).value_or(std::string()));
  }
  return match;
}

}  // namespace skerry::http::internal
