// SPDX-License-Identifier: Apache-2.0
//
// URIs: taking apart what a client is given ("http://host:port/path?query") and what a server receives (path, query),
// strictly. The one thing to know: nothing is repaired. Text that RFC 3986 does not allow is an InvalidArgument, and
// percent-decoding happens once, at the place that uses the text, never on the whole URI.
//
//   Result<Uri> uri = Uri::parse("http://127.0.0.1:8080/api/products?limit=20");
//   Result<Query> query = Query::parse(uri->query);
//   query->get("limit");                       // "20"
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "skerry/base/result.h"

namespace skerry::http {

/// The longest URI or target that is taken apart, in bytes.
inline constexpr std::size_t kMaxUriBytes = 64 * 1024;

/// An absolute URI of the schemes http and https, without user information and without a fragment: neither is ever
/// sent, and both are refused.
struct Uri {
  std::string scheme = "http";
  /// The host in lower case; an IPv6 literal without its brackets.
  std::string host = {};
  /// The port; where the URI has none, the scheme's own (80 or 443).
  std::uint16_t port = 80;
  /// The path, percent-encoded; at least "/".
  std::string path = "/";
  /// The query, percent-encoded and without its '?'; empty when there is none.
  std::string query = {};

  /// RFC 3986 sections 3 and 4.3. InvalidArgument for anything else than such a URI.
  static Result<Uri> parse(std::string_view text);

  /// Host and port for the Host field or :authority: without the port where it is the scheme's own, an IPv6 address in
  /// brackets.
  std::string authority() const;
  /// Path and query: the target of a request.
  std::string target() const;
  std::string to_string() const;

  friend bool operator==(const Uri&, const Uri&) = default;
};

/// Host and port of an authority ("localhost:8080", "[::1]:80", "example.org"), as the Host field and :authority carry.
struct Authority {
  /// In lower case; an IPv6 literal without its brackets.
  std::string host;
  std::optional<std::uint16_t> port;

  /// RFC 3986 section 3.2 without user information. InvalidArgument for an empty host, a character that no host has, or
  /// a port that is not a number from 1 to 65535.
  static Result<Authority> parse(std::string_view text);

  friend bool operator==(const Authority&, const Authority&) = default;
};

/// Whether `Authority::parse` accepts the text; allocates nothing.
bool is_valid_authority(std::string_view text);

/// The parameters of a query in the form that browsers send (application/x-www-form-urlencoded): pairs in order, names
/// and values decoded, '+' meaning a space.
class Query {
 public:
  /// The most parameters of one query.
  static constexpr std::size_t kMaxParameters = 1000;

  /// InvalidArgument for a malformed escape or more than kMaxParameters. A pair without '=' has an empty value; empty
  /// pairs are skipped.
  static Result<Query> parse(std::string_view text);

  /// The first value of that name (names are compared byte by byte). Valid while the query lives.
  std::optional<std::string_view> get(std::string_view name) const;
  /// All values of that name, in order.
  std::vector<std::string_view> get_all(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

  /// Appends a parameter.
  void add(std::string name, std::string value) { parameters_.emplace_back(std::move(name), std::move(value)); }
  /// The encoded form, without a '?'.
  std::string to_string() const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// The bytes that percent-encoded text stands for (RFC 3986 section 2.1). '+' stays '+'. Nullopt for a malformed
/// escape.
std::optional<std::string> percent_decode(std::string_view text);

/// Text that decodes to these bytes: everything but the unreserved characters (RFC 3986 section 2.3) is escaped.
std::string percent_encode(std::string_view bytes);

/// The path with its "." and ".." segments resolved (RFC 3986 section 5.2.4), also where they are written with escapes
/// ("%2e"). Everything else stays as it is. InvalidArgument for a path that does not begin with '/', climbs above the
/// root, or has a malformed escape: who decides by a path's prefix must not be led around it.
Result<std::string> normalize_path(std::string_view path);

}  // namespace skerry::http
