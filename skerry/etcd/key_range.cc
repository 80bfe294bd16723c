// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/key_range.h"

namespace skerry::etcd {

KeyRange KeyRange::prefix(std::string prefix) {
  // The end is the prefix with its last byte that can grow grown by one. A prefix of 0xff bytes alone has no such byte,
  // and everything after it begins with it.
  std::string end = prefix;
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (end.empty()) return prefix.empty() ? all() : from(std::move(prefix));
  end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return {std::move(prefix), std::move(end)};
}

bool KeyRange::contains(std::string_view candidate) const {
  if (range_end.empty()) return candidate == key;
  if (candidate < key) return false;
  return range_end == std::string_view("\0", 1) || candidate < range_end;
}

}  // namespace skerry::etcd
