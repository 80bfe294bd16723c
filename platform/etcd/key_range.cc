// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/key_range.h"

namespace skerry::platform::etcd {

KeyRange KeyRange::from_request(std::string_view key, std::string_view range_end) {
  if (range_end.empty()) return {std::string(key), {}, Kind::kSingle};
  if (range_end == std::string_view("\0", 1)) return {std::string(key), {}, Kind::kUnbounded};
  return {std::string(key), std::string(range_end), Kind::kBounded};
}

KeyRange KeyRange::prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  // No byte can be raised (the prefix is empty or all 0xff): the range has no end.
  if (end.empty()) return {std::string(prefix), {}, Kind::kUnbounded};
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return {std::string(prefix), std::move(end), Kind::kBounded};
}

bool KeyRange::contains(std::string_view key) const {
  switch (kind) {
    case Kind::kSingle:
      return key == begin;
    case Kind::kBounded:
      return key >= begin && key < end;
    case Kind::kUnbounded:
      return key >= begin;
  }
  return false;
}

bool KeyRange::overlaps(const KeyRange& other) const {
  if (kind == Kind::kSingle) return other.contains(begin);
  if (other.kind == Kind::kSingle) return contains(other.begin);
  if (empty() || other.empty()) return false;
  const bool begins_before_other_ends = other.kind == Kind::kUnbounded || begin < other.end;
  const bool other_begins_before_end = kind == Kind::kUnbounded || other.begin < end;
  return begins_before_other_ends && other_begins_before_end;
}

}  // namespace skerry::platform::etcd
