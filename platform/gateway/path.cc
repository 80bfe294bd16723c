// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/path.h"

#include <algorithm>
#include <array>
#include <optional>

namespace skerry::platform::gateway {
namespace {

constexpr std::array<std::string_view, 4> kInternalSegments{"metrics", "health", "ready", "debug"};
constexpr std::string_view kUpperDigits = "0123456789ABCDEF";

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const char lower = static_cast<char>(digit | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_unreserved(unsigned char character) {
  const bool alphanumeric = (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
                            (character >= '0' && character <= '9');
  return alphanumeric || character == '-' || character == '.' || character == '_' || character == '~';
}

bool is_control(unsigned char character) { return character < 0x20 || character == 0x7f; }

/// The octet that the escape at the beginning of `text` stands for.
std::optional<unsigned char> escaped_octet(std::string_view text) {
  if (text.size() < 3) return std::nullopt;
  const int high = digit_value(text[1]);
  const int low = digit_value(text[2]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<unsigned char>(high * 16 + low);
}

Error ambiguous(std::string_view what) { return Error::invalid_argument("the path has {}", what); }

Result<> append_escape(std::string& segment, std::string_view rest) {
  const std::optional<unsigned char> octet = escaped_octet(rest);
  if (!octet) return fail(ambiguous("a malformed escape"));
  if (*octet == '/' || *octet == '\\') return fail(ambiguous("an encoded slash or backslash"));
  if (is_control(*octet)) return fail(ambiguous("an encoded control character"));
  if (is_unreserved(*octet)) {
    segment.push_back(static_cast<char>(*octet));
  } else {
    segment.append({'%', kUpperDigits[*octet >> 4], kUpperDigits[*octet & 0xf]});
  }
  return {};
}

Result<std::string> canonical_segment(std::string_view raw) {
  std::string segment;
  segment.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '\\') return fail(ambiguous("a backslash"));
    if (is_control(static_cast<unsigned char>(raw[i]))) return fail(ambiguous("a control character"));
    if (raw[i] != '%') {
      segment.push_back(raw[i]);
      continue;
    }
    if (Result<> appended = append_escape(segment, raw.substr(i)); !appended) return fail(std::move(appended));
    i += 2;
  }
  // Some servers drop what follows a ';' before they look at the dots.
  const std::string_view name = std::string_view(segment).substr(0, segment.find(';'));
  if (name == "." || name == "..") return fail(ambiguous("a dot segment"));
  return segment;
}

bool equals_lower_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a | 0x20 : a) == b; });
}

}  // namespace

Result<std::string> canonical_path(std::string_view path) {
  if (!path.starts_with('/')) return fail(Error::invalid_argument("the path does not begin with '/'"));
  std::string canonical;
  canonical.reserve(path.size());
  for (std::string_view rest = path.substr(1);;) {
    const std::size_t slash = rest.find('/');
    const bool is_last = slash == std::string_view::npos;
    Result<std::string> segment = canonical_segment(rest.substr(0, slash));
    if (!segment) return segment;
    // Some servers read "//x" as "/x".
    const std::string_view name = std::string_view(*segment).substr(0, segment->find(';'));
    if (name.empty() && !(is_last && segment->empty())) return fail(ambiguous("an empty segment"));
    canonical.append("/").append(*segment);
    if (is_last) return canonical;
    rest = rest.substr(slash + 1);
  }
}

bool is_internal_path(std::string_view canonical) {
  std::string_view first = canonical.substr(1);
  first = first.substr(0, first.find_first_of("/;"));
  return std::ranges::any_of(kInternalSegments, [&](std::string_view name) { return equals_lower_case(first, name); });
}

}  // namespace skerry::platform::gateway
