// SPDX-License-Identifier: Apache-2.0
//
// OffsetTracker: which records of one partition are done, and up to where the offset may be committed: never past a
// record that is not done. Pure. Internal to events/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace skerry::events::internal {

/// Invariants:
///  1. Offsets in entries_ ascend, and all are above those that were taken out.
///  2. The first entry is not done; so it is the lowest record that is not.
class OffsetTracker {
 public:
  /// A record has come. False if its offset is not above all that came before: it is here already.
  bool start(std::int64_t offset);
  /// A record is done. Precondition: it was started, and is not done.
  void finish(std::int64_t offset);

  /// The offset to commit, if it has moved since the last call of this.
  std::optional<std::int64_t> take_commit();
  /// The lowest record that is not done.
  std::optional<std::int64_t> oldest() const;
  std::size_t unfinished() const { return unfinished_; }
  /// Records from the lowest that is not done on.
  std::size_t span() const { return entries_.size(); }

 private:
  struct Entry {
    std::int64_t offset;
    bool done;
  };
  std::deque<Entry> entries_;
  std::size_t unfinished_ = 0;
  std::int64_t last_ = -1;
  std::int64_t next_ = -1;       // one past the last record of the done prefix
  std::int64_t committed_ = -1;  // what take_commit gave last
};

}  // namespace skerry::events::internal
