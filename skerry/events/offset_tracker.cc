// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/offset_tracker.h"

#include <algorithm>

#include "skerry/base/check.h"

namespace skerry::events::internal {

bool OffsetTracker::start(std::int64_t offset) {
  if (offset <= last_) return false;
  last_ = offset;
  entries_.push_back({.offset = offset, .done = false});
  ++unfinished_;
  return true;
}

void OffsetTracker::finish(std::int64_t offset) {
  const auto entry = std::ranges::lower_bound(entries_, offset, {}, &Entry::offset);
  SKERRY_CHECK(entry != entries_.end() && entry->offset == offset && !entry->done, "a started record is done once");
  entry->done = true;
  --unfinished_;
  while (!entries_.empty() && entries_.front().done) {
    next_ = entries_.front().offset + 1;
    entries_.pop_front();
  }
}

std::optional<std::int64_t> OffsetTracker::take_commit() {
  if (next_ == committed_) return std::nullopt;
  committed_ = next_;
  return next_;
}

std::optional<std::int64_t> OffsetTracker::oldest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.front().offset;
}

}  // namespace skerry::events::internal
