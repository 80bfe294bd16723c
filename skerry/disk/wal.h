// SPDX-License-Identifier: Apache-2.0
//
// Wal: the write-ahead log in a directory of segment files. An entry is on the medium when append returns. Entries have
// consecutive indexes from 1. Group commit: append takes all entries that are waiting and makes them durable with one
// fdatasync; whoever calls it collects the next ones meanwhile, and nobody sleeps to collect more.
//
//   auto wal = Wal::open(disk, "data", 1, [&](std::uint64_t index, std::string_view entry) { return apply(entry); });
//   Result<> durable = (*wal)->append({"first", "second"});
//
// A torn last write is cut off when the log is opened. Damage anywhere else is refused with DataLoss: an acknowledged
// entry may be lost, and going on would hide it. All calls block; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/base/result.h"
#include "skerry/disk/disk.h"
#include "skerry/disk/wal_format.h"

namespace skerry::disk {

/// A segment that is larger is closed, and the next entries begin a new one.
inline constexpr std::uint64_t kMaxSegmentBytes = std::uint64_t{16} << 20;

class Wal {
 public:
  /// Called for each entry, in order. An error ends open() with it.
  using Replay = std::function<Result<>(std::uint64_t index, std::string_view entry)>;

  /// Opens the log in the directory, which exists, or begins one at `first_index`. Replays the entries from
  /// `first_index` on and skips those before; the log must reach without a gap to what comes before `first_index`. What
  /// was replayed is durable when this returns. Fails with DataLoss for a damaged log. The disk outlives the log.
  static Result<std::unique_ptr<Wal>> open(Disk& disk, std::string directory, std::uint64_t first_index,
                                           const Replay& replay, std::uint64_t max_segment_bytes = kMaxSegmentBytes);
  Wal(const Wal&) = delete;
  Wal& operator=(const Wal&) = delete;

  /// Makes the entries durable; they get the indexes from next_index() on. On an error none of them counts: nothing was
  /// logged (a full disk: the log goes on when there is room again), or, after a failed sync, nobody knows, and every
  /// later call fails too until the log is opened again. An empty list does nothing.
  Result<> append(std::span<const std::string> entries);

  /// The index that the next entry gets.
  std::uint64_t next_index() const { return next_index_; }
  /// True after an error that the log cannot recover from.
  bool broken() const { return broken_; }
  /// Bytes of all segments.
  std::uint64_t size_bytes() const;

  /// Removes the segments that hold only entries up to `index`. The newest one always stays.
  Result<> release(std::uint64_t index);

 private:
  struct Segment {
    std::uint64_t first_index = 0;
    std::uint64_t bytes = 0;
  };

  Wal(Disk& disk, std::string directory, std::uint64_t max_segment_bytes)
      : disk_(disk), directory_(std::move(directory)), max_segment_bytes_(max_segment_bytes) {}

  std::string path_of(std::uint64_t first_index) const;
  Result<> find_segments();
  Result<> replay_segments(std::uint64_t first_index, const Replay& replay);
  Result<SegmentScan> replay_segment(const Segment& segment, std::uint64_t first_index, const Replay& replay);
  Result<> begin_segment();
  Result<> repair_last(const SegmentScan& scan);
  Result<> write(std::string_view frame);

  Disk& disk_;
  std::string directory_;
  std::uint64_t max_segment_bytes_;
  std::vector<Segment> segments_;  // ascending; the last one is written to
  std::unique_ptr<File> file_;     // the last segment
  std::uint64_t next_index_ = 1;
  bool broken_ = false;
};

}  // namespace skerry::disk
