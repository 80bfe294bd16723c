// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/baggage.h"

#include <algorithm>

#include "skerry/telemetry/utf8.h"

namespace skerry::telemetry {
namespace {

bool is_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [&](char c) { return is_alnum(c) || kOthers.find(c) != std::string_view::npos; });
}

// W3C Baggage section 3.3.1.3: printable ASCII but for the blank, '"', ',', ';' and '\'.
bool is_baggage_octet(char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\'; }

bool is_baggage_value(std::string_view text) { return std::all_of(text.begin(), text.end(), is_baggage_octet); }

std::string_view trim_ows(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// The text before the first `separator`; `rest` becomes what follows it, or nullopt where there is none.
std::string_view cut(std::optional<std::string_view>& rest, char separator) {
  const std::string_view text = *rest;
  const std::size_t at = text.find(separator);
  if (at == std::string_view::npos) {
    rest.reset();
    return text;
  }
  rest = text.substr(at + 1);
  return text.substr(0, at);
}

int percent_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A '%' that no two digits follow stands for itself.
std::string percent_decode(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool encoded =
        text[i] == '%' && i + 2 < text.size() && percent_digit(text[i + 1]) >= 0 && percent_digit(text[i + 2]) >= 0;
    if (encoded) {
      bytes += static_cast<char>(percent_digit(text[i + 1]) * 16 + percent_digit(text[i + 2]));
      i += 2;
    } else {
      bytes += text[i];
    }
  }
  std::string valid;
  append_valid_utf8(valid, bytes);
  return valid;
}

void append_percent_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_baggage_octet(c) && c != '%') {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
}

bool is_property(std::string_view property) {
  const std::size_t equals = property.find('=');
  if (!is_token(trim_ows(property.substr(0, equals)))) return false;
  return equals == std::string_view::npos || is_baggage_value(trim_ows(property.substr(equals + 1)));
}

std::optional<Baggage::Entry> parse_member(std::string_view member) {
  std::optional<std::string_view> rest = member;
  const std::string_view pair = cut(rest, ';');
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view key = trim_ows(pair.substr(0, equals));
  const std::string_view value = trim_ows(pair.substr(equals + 1));
  if (!is_token(key) || !is_baggage_value(value)) return std::nullopt;
  Baggage::Entry entry{std::string(key), percent_decode(value), {}};
  while (rest) {
    const std::string_view property = trim_ows(cut(rest, ';'));
    if (!is_property(property)) return std::nullopt;
    if (!entry.properties.empty()) entry.properties += ';';
    entry.properties += property;
  }
  return entry;
}

void append_member(std::string& out, const Baggage::Entry& entry) {
  if (!out.empty()) out += ',';
  out += entry.key;
  out += '=';
  append_percent_encoded(out, entry.value);
  if (!entry.properties.empty()) {
    out += ';';
    out += entry.properties;
  }
}

void set_entry(std::vector<Baggage::Entry>& entries, Baggage::Entry entry) {
  const auto same_key = [&](const Baggage::Entry& other) { return other.key == entry.key; };
  const auto found = std::find_if(entries.begin(), entries.end(), same_key);
  if (found != entries.end()) {
    *found = std::move(entry);
  } else {
    entries.push_back(std::move(entry));
  }
}

// Cuts the entries that would take the header over a limit off the end.
void keep_within_limits(std::vector<Baggage::Entry>& entries) {
  std::string text;
  std::size_t kept = 0;
  for (; kept < entries.size() && kept < kMaxBaggageMembers; ++kept) {
    append_member(text, entries[kept]);
    if (text.size() > kMaxBaggageBytes) break;
  }
  entries.resize(kept);
}

}  // namespace

Baggage::Baggage(std::vector<Entry> entries) {
  if (!entries.empty()) entries_ = std::make_shared<const std::vector<Entry>>(std::move(entries));
}

std::optional<Baggage> Baggage::parse(std::string_view header) {
  std::vector<Entry> entries;
  std::optional<std::string_view> rest = header;
  std::size_t members = 0;
  while (rest) {
    const std::string_view member = trim_ows(cut(rest, ','));
    if (member.empty()) continue;
    // Past the limit the rest is dropped anyway: reading it would only be work for whoever sends too much.
    if (++members > kMaxBaggageMembers) break;
    std::optional<Entry> entry = parse_member(member);
    if (!entry) return std::nullopt;
    set_entry(entries, *std::move(entry));
  }
  keep_within_limits(entries);
  return Baggage(std::move(entries));
}

const std::vector<Baggage::Entry>& Baggage::entries() const {
  static const std::vector<Entry> kNone;
  return entries_ == nullptr ? kNone : *entries_;
}

std::optional<std::string_view> Baggage::find(std::string_view key) const {
  for (const Entry& entry : entries()) {
    if (entry.key == key) return entry.value;
  }
  return std::nullopt;
}

Baggage Baggage::with(std::string_view key, std::string_view value) const {
  if (!is_token(key)) return *this;
  std::vector<Entry> changed = entries();
  std::string valid;
  append_valid_utf8(valid, value);
  set_entry(changed, Entry{std::string(key), std::move(valid), {}});
  keep_within_limits(changed);
  return Baggage(std::move(changed));
}

Baggage Baggage::without(std::string_view key) const {
  std::vector<Entry> changed = entries();
  std::erase_if(changed, [&](const Entry& entry) { return entry.key == key; });
  return Baggage(std::move(changed));
}

std::string Baggage::header() const {
  std::string text;
  for (const Entry& entry : entries()) append_member(text, entry);
  return text;
}

}  // namespace skerry::telemetry
