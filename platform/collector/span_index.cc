// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/span_index.h"

#include <algorithm>

namespace skerry::platform::collector {

void SpanIndex::add(const SpanKey& key, std::uint32_t offset) {
  Entry& entry = entries_.emplace_back();
  entry.trace = key.trace_id.low_bits();
  entry.span = key.span_id.low_bits();
  entry.parent = key.parent_id.low_bits();
  entry.start = key.start;
  entry.duration = key.duration;
  entry.offset = offset;
  entry.operation = intern(key.name);
  entry.flags = key.flags;
  if (entries_.size() > buckets_.size()) {
    grow_buckets();
  } else {
    link(static_cast<std::uint32_t>(entries_.size() - 1));
  }
}

std::optional<std::uint32_t> SpanIndex::find_operation(std::string_view name) const {
  const auto found = operation_numbers_.find(name);
  if (found == operation_numbers_.end()) return std::nullopt;
  return found->second;
}

std::uint32_t SpanIndex::intern(std::string_view name) {
  const auto found = operation_numbers_.find(name);
  if (found != operation_numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(operations_.size());
  operations_.emplace_back(name);
  operation_numbers_.emplace(name, number);
  return number;
}

void SpanIndex::link(std::uint32_t at) {
  Entry& entry = entries_[at];
  std::uint32_t& head = buckets_[bucket_of(entry.trace)];
  entry.next_of_bucket = head;
  head = at;
}

void SpanIndex::grow_buckets() {
  buckets_.assign(std::max<std::size_t>(buckets_.size() * 2, 64), kNone);
  for (std::uint32_t at = 0; at < entries_.size(); ++at) link(at);
}

}  // namespace skerry::platform::collector
