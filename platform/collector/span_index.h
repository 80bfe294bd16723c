// SPDX-License-Identifier: Apache-2.0
//
// SpanIndex: what the trace store keeps in memory about the spans of one file: some 60 bytes each, in the order of the
// file, chained by trace. Names of operations are held once. Filled from the fixed part of the records; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/collector/segment_format.h"

namespace skerry::platform::collector {

class SpanIndex {
 public:
  struct Entry {
    /// The lower half of the trace id. Two traces may share it: whoever reads the span compares the whole id.
    std::uint64_t trace = 0;
    std::uint64_t span = 0;
    /// 0 for the root of a trace.
    std::uint64_t parent = 0;
    /// Nanoseconds since 1970, and nanoseconds.
    std::uint64_t start = 0;
    std::uint64_t duration = 0;
    /// Where the record begins in the file.
    std::uint32_t offset = 0;
    std::uint32_t operation = 0;
    std::uint32_t next_of_bucket = 0;
    std::uint8_t flags = 0;
  };

  void add(const SpanKey& key, std::uint32_t offset);

  const std::vector<Entry>& entries() const { return entries_; }
  const std::string& operation(const Entry& entry) const { return operations_[entry.operation]; }
  const std::vector<std::string>& operations() const { return operations_; }
  /// The number of the operation in this file; nullopt where it does not occur.
  std::optional<std::uint32_t> find_operation(std::string_view name) const;

  /// Calls visit(entry) for each span whose trace may be `trace`, latest first.
  template <class F>
  void for_each_of_trace(const telemetry::TraceId& trace, F visit) const {
    if (buckets_.empty()) return;
    const std::uint64_t wanted = trace.low_bits();
    for (std::uint32_t at = buckets_[bucket_of(wanted)]; at != kNone; at = entries_[at].next_of_bucket) {
      if (entries_[at].trace == wanted) visit(entries_[at]);
    }
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct HashName {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
  };
  // Not every client's ids are random: the multiplication brings all bits of an id into the upper ones.
  std::size_t bucket_of(std::uint64_t trace) const { return trace * 0x9E3779B97F4A7C15U >> 32 & (buckets_.size() - 1); }
  std::uint32_t intern(std::string_view name);
  void link(std::uint32_t at);
  void grow_buckets();

  std::vector<Entry> entries_;
  // Heads of the chains; their number is a power of two, at least that of the entries.
  std::vector<std::uint32_t> buckets_;
  std::vector<std::string> operations_;
  std::unordered_map<std::string, std::uint32_t, HashName, std::equal_to<>> operation_numbers_;
};

}  // namespace skerry::platform::collector
