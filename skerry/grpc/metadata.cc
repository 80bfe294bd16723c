// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/metadata.h"

#include <algorithm>
#include <array>

#include "skerry/base/encoding.h"

namespace skerry::grpc {
namespace {

constexpr std::array<std::string_view, 12> kReservedNames{
    "connection", "content-length",    "content-type", "host",    "http2-settings", "keep-alive", "proxy-connection",
    "te",         "transfer-encoding", "trailer",      "upgrade", "user-agent"};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_key_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

bool is_printable(char c) { return c >= ' ' && c <= '~'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Metadata::Metadata(std::initializer_list<Entry> entries) {
  entries_.reserve(entries.size());
  for (const Entry& entry : entries) add(entry.key, entry.value);
}

void Metadata::add(std::string_view key, std::string value) {
  std::string lower_key(key);
  std::ranges::transform(lower_key, lower_key.begin(), lower);
  entries_.push_back({std::move(lower_key), std::move(value)});
}

void Metadata::append(const Metadata& other) {
  entries_.insert(entries_.end(), other.entries_.begin(), other.entries_.end());
}

std::optional<std::string_view> Metadata::find(std::string_view key) const {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return entry.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Metadata::find_all(std::string_view key) const {
  std::vector<std::string_view> values;
  for (const Entry& entry : entries_) {
    if (entry.key == key) values.emplace_back(entry.value);
  }
  return values;
}

bool is_binary_key(std::string_view key) { return key.ends_with("-bin"); }

bool is_reserved_key(std::string_view key) {
  if (key.starts_with(':') || key.starts_with("grpc-")) return true;
  return std::ranges::find(kReservedNames, key) != kReservedNames.end();
}

Result<> check_metadata(const Metadata& metadata) {
  for (const auto& [key, value] : metadata) {
    if (key.empty() || !std::ranges::all_of(key, is_key_character)) {
      return fail(Error::invalid_argument("metadata key '{}' has a character outside a-z 0-9 _ - .", key));
    }
    if (is_reserved_key(key)) return fail(Error::invalid_argument("metadata key '{}' is reserved", key));
    if (!is_binary_key(key) && !std::ranges::all_of(value, is_printable)) {
      return fail(Error::invalid_argument("metadata '{}' is not printable ASCII; such values need a key in -bin", key));
    }
  }
  return {};
}

std::string encode_metadata_value(std::string_view key, std::string_view value) {
  return is_binary_key(key) ? base64_encode(value, /*padding=*/false) : std::string(value);
}

void add_received_header(Metadata& metadata, std::string_view name, std::string_view value) {
  if (is_reserved_key(name)) return;
  if (!is_binary_key(name)) {
    metadata.add(name, std::string(trim(value)));
    return;
  }
  while (true) {
    const std::size_t comma = value.find(',');
    if (auto bytes = base64_decode(trim(value.substr(0, comma)))) metadata.add(name, std::move(*bytes));
    if (comma == std::string_view::npos) return;
    value.remove_prefix(comma + 1);
  }
}

}  // namespace skerry::grpc
