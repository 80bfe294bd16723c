// SPDX-License-Identifier: Apache-2.0
//
// ServiceSpans: the files of one service, oldest first; the last one is appended to. A part of the trace store, which
// does the locking.
#pragma once

#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/collector/segment.h"
#include "platform/collector/trace_query.h"

namespace skerry::platform::collector {

class ServiceSpans {
 public:
  explicit ServiceSpans(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  const std::deque<std::unique_ptr<Segment>>& segments() const { return segments_; }
  bool empty() const { return segments_.empty(); }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t spans() const;
  std::chrono::system_clock::time_point last_written() const;

  void add(std::unique_ptr<Segment> segment);
  /// Appends to the last file; the caller has added one.
  Result<> append(const std::vector<Segment::Item>& items);
  /// Deletes the oldest file and gives the number of its spans. Precondition: not empty().
  std::uint64_t forget_oldest();

  /// One span that matches a query.
  struct Match {
    const Segment* segment;
    const SpanIndex::Entry* entry;
    /// The entry's, here because the matches are compared by it.
    std::uint64_t start;
    /// Of two that started at once, the one that was stored later is the greater.
    friend bool operator<(const Match& a, const Match& b) {
      if (a.start != b.start) return a.start < b.start;
      return std::pair(a.segment->number(), a.entry->offset) < std::pair(b.segment->number(), b.entry->offset);
    }
  };
  /// The spans that match but for the tags, as a heap (std::pop_heap) with the latest on top: of many matches a search
  /// looks at few.
  std::vector<Match> matches(const TraceQuery& query) const;
  std::vector<Operation> operations() const;

 private:
  const std::string name_;
  std::deque<std::unique_ptr<Segment>> segments_;
  std::uint64_t bytes_ = 0;
};

/// True when the span has all tags.
bool has_tags(const StoredSpan& span, const std::vector<std::pair<std::string, std::string>>& tags);

}  // namespace skerry::platform::collector
