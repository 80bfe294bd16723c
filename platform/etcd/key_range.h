// SPDX-License-Identifier: Apache-2.0
//
// KeyRange: the set of keys that a request of the etcd v3 API names by `key` and `range_end`. Keys are bytes and are
// ordered as unsigned bytes. One thing to know: a `range_end` of one zero byte means "no end", not the key "\0".
//
//   KeyRange all_services = KeyRange::from_request("/services/", "/services0");
//   if (all_services.contains(key)) ...
#pragma once

#include <string>
#include <string_view>

namespace skerry::platform::etcd {

/// A value. Ordered intervals are half open: `begin` belongs to the range, `end` does not.
struct KeyRange {
  enum class Kind : unsigned char {
    kSingle,     // exactly `begin`
    kBounded,    // begin <= key < end; empty when end <= begin
    kUnbounded,  // begin <= key
  };

  std::string begin;
  std::string end;  // meaningful for kBounded alone
  Kind kind = Kind::kSingle;

  /// The range of a request: an empty `range_end` is the single key, "\0" is every key from `key` on
  /// (etcd API reference, RangeRequest.range_end).
  static KeyRange from_request(std::string_view key, std::string_view range_end);

  /// Every key that begins with `prefix`: the end is the prefix with its last byte below 0xff raised by one.
  static KeyRange prefix(std::string_view prefix);

  /// Every key.
  static KeyRange all() { return from_request({"\0", 1}, {"\0", 1}); }

  bool contains(std::string_view key) const;
  /// True when no key can be in the range.
  bool empty() const { return kind == Kind::kBounded && end <= begin; }
  /// True when some key is in both ranges.
  bool overlaps(const KeyRange& other) const;

  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

}  // namespace skerry::platform::etcd
