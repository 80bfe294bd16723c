// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/uri.h"

#include <charconv>

#include "skerry/http/characters.h"

namespace skerry::http {
namespace {

using internal::has_class;
using internal::hex_value;
using internal::to_lower;

constexpr std::size_t kMaxPortDigits = 5;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& character : result) character = to_lower(character);
  return result;
}

/// The parts of an authority as they stand in its text; an IPv6 host without its brackets.
struct AuthorityParts {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};

bool is_valid_ip_literal(std::string_view text) {
  if (text.size() < 2) return false;
  for (const char character : text) {
    if (hex_value(character) < 0 && character != ':' && character != '.') return false;
  }
  return text.find(':') != std::string_view::npos;
}

bool is_valid_registered_name(std::string_view text) {
  if (text.empty()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char character = text[i];
    if (character == ':' || character == '[' || character == ']') return false;
    if (!has_class(character, internal::kHostCharacter)) return false;
    if (character != '%') continue;
    if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
  }
  return true;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint32_t port = 0;
  if (text.empty() || text.size() > kMaxPortDigits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 0xffff) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

std::optional<AuthorityParts> split_authority(std::string_view text) {
  AuthorityParts parts;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    parts.host = text.substr(1, close - 1);
    rest = text.substr(close + 1);
    if (!is_valid_ip_literal(parts.host)) return std::nullopt;
  } else {
    const std::size_t colon = text.find(':');
    parts.host = text.substr(0, colon);
    if (colon != std::string_view::npos) rest = text.substr(colon);
    if (!is_valid_registered_name(parts.host)) return std::nullopt;
  }
  if (rest.empty()) return parts;
  parts.port = rest.substr(1);
  parts.has_port = true;
  if (rest.front() != ':' || !parse_port(parts.port)) return std::nullopt;
  return parts;
}

/// Path or query as RFC 3986 allows it: target characters, and only whole escapes.
bool is_valid_encoded(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!has_class(text[i], internal::kTargetCharacter)) return false;
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
  }
  return true;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus_is_space) {
      decoded.push_back(' ');
    } else if (text[i] != '%') {
      decoded.push_back(text[i]);
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return decoded;
}

/// "." for a segment that means this place, ".." for the one above, else empty.
Result<std::string_view> dot_meaning(std::string_view segment) {
  if (segment.find('%') == std::string_view::npos) {
    return segment == "." || segment == ".." ? segment : std::string_view();
  }
  const std::optional<std::string> decoded = decode(segment, false);
  if (!decoded) return fail(Error::invalid_argument("the path has a malformed escape"));
  if (*decoded == ".") return ".";
  if (*decoded == "..") return "..";
  return std::string_view();
}

}  // namespace

Result<Authority> Authority::parse(std::string_view text) {
  const std::optional<AuthorityParts> parts = split_authority(text);
  if (!parts) return fail(Error::invalid_argument("invalid host or port"));
  Authority authority{.host = lower(parts->host), .port = std::nullopt};
  if (parts->has_port) authority.port = parse_port(parts->port);
  return authority;
}

bool is_valid_authority(std::string_view text) { return split_authority(text).has_value(); }

Result<Uri> Uri::parse(std::string_view text) {
  if (text.size() > kMaxUriBytes) return fail(Error::invalid_argument("the URI is longer than {} bytes", kMaxUriBytes));
  const std::size_t mark = text.find("://");
  if (mark == std::string_view::npos) return fail(Error::invalid_argument("the URI has no scheme"));
  Uri uri;
  uri.scheme = lower(text.substr(0, mark));
  if (uri.scheme != "http" && uri.scheme != "https") {
    return fail(Error::invalid_argument("the URI's scheme is neither http nor https"));
  }
  std::string_view rest = text.substr(mark + 3);
  const std::size_t end = rest.find_first_of("/?#");
  Result<Authority> authority = Authority::parse(rest.substr(0, end));
  if (!authority) return fail(std::move(authority));
  uri.host = std::move(authority->host);
  uri.port = authority->port.value_or(uri.scheme == "https" ? 443 : 80);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
  if (!is_valid_encoded(rest)) {
    return fail(Error::invalid_argument("the URI has a character that must be escaped, or a malformed escape"));
  }
  const std::size_t question = rest.find('?');
  if (const std::string_view path = rest.substr(0, question); !path.empty()) uri.path = path;
  if (question != std::string_view::npos) uri.query = rest.substr(question + 1);
  return uri;
}

std::string Uri::authority() const {
  std::string result = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (scheme == "https" ? 443 : 80)) result.append(":").append(std::to_string(port));
  return result;
}

std::string Uri::target() const { return query.empty() ? path : path + "?" + query; }

std::string Uri::to_string() const { return scheme + "://" + authority() + target(); }

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    const std::size_t ampersand = text.find('&');
    const std::string_view pair = text.substr(0, ampersand);
    text.remove_prefix(ampersand == std::string_view::npos ? text.size() : ampersand + 1);
    if (pair.empty()) continue;
    if (query.parameters_.size() == kMaxParameters) {
      return fail(Error::invalid_argument("the query has more than {} parameters", kMaxParameters));
    }
    const std::size_t equals = pair.find('=');
    std::optional<std::string> name = decode(pair.substr(0, equals), true);
    std::optional<std::string> value =
        equals == std::string_view::npos ? std::string() : decode(pair.substr(equals + 1), true);
    if (!name || !value) return fail(Error::invalid_argument("the query has a malformed escape"));
    query.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

std::optional<std::string_view> Query::get(std::string_view name) const {
  for (const auto& [candidate, value] : parameters_) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Query::get_all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [candidate, value] : parameters_) {
    if (candidate == name) values.push_back(value);
  }
  return values;
}

std::string Query::to_string() const {
  std::string text;
  for (const auto& [name, value] : parameters_) {
    if (!text.empty()) text.push_back('&');
    text.append(percent_encode(name)).append("=").append(percent_encode(value));
  }
  return text;
}

std::optional<std::string> percent_decode(std::string_view text) { return decode(text, false); }

std::string percent_encode(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(bytes.size());
  for (const char character : bytes) {
    if (has_class(character, internal::kUnreservedCharacter)) {
      encoded.push_back(character);
    } else {
      const auto byte = static_cast<unsigned char>(character);
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 15]);
    }
  }
  return encoded;
}

Result<std::string> normalize_path(std::string_view path) {
  if (!path.starts_with('/')) return fail(Error::invalid_argument("the path does not begin with '/'"));
  std::string result;
  result.reserve(path.size());
  bool ends_in_directory = false;
  for (std::string_view rest = path; !rest.empty();) {
    const std::size_t slash = rest.find('/', 1);
    const std::string_view segment = rest.substr(1, slash == std::string_view::npos ? slash : slash - 1);
    rest = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
    const Result<std::string_view> dots = dot_meaning(segment);
    if (!dots) return fail(Error(dots.error()));
    ends_in_directory = !dots->empty();
    if (*dots == "..") {
      if (result.empty()) return fail(Error::invalid_argument("the path climbs above the root"));
      result.resize(result.rfind('/'));
    } else if (dots->empty()) {
      result.append("/").append(segment);
    }
  }
  if (ends_in_directory || result.empty()) result.push_back('/');
  return result;
}

}  // namespace skerry::http
