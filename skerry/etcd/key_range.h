// SPDX-License-Identifier: Apache-2.0
//
// KeyRange: the keys that an operation is about: one key, those with a prefix, an interval, or all.
//
//   co_await client->range(etcd::KeyRange::prefix("/skerry/services/"));
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace skerry::etcd {

/// Keys are bytes, ordered as unsigned bytes. The empty string is no key: the server refuses it.
struct KeyRange {
  std::string key;
  /// As in the protocol (RangeRequest.range_end): empty for the one key, "\0" for all keys from `key` on, else the
  /// first key that is not meant any more.
  std::string range_end;

  /// The one key. A plain string converts to it.
  static KeyRange single(std::string key) { return {std::move(key), {}}; }
  /// All keys that begin with the prefix; with an empty one, all keys.
  static KeyRange prefix(std::string prefix);
  /// All keys from `key` on.
  static KeyRange from(std::string key) { return {std::move(key), std::string(1, '\0')}; }
  /// The keys in [begin, end).
  static KeyRange interval(std::string begin, std::string end) { return {std::move(begin), std::move(end)}; }
  static KeyRange all() { return {std::string(1, '\0'), std::string(1, '\0')}; }

  bool contains(std::string_view candidate) const;
  bool operator==(const KeyRange&) const = default;
};

}  // namespace skerry::etcd
