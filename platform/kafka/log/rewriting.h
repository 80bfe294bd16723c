// SPDX-License-Identifier: Apache-2.0
//
// Giving disk space back. All partitions share the segments, so a segment holds records that are long gone beside some
// that must stay: one quiet topic would pin the space of all. Segments with much that is dead are written again with
// what lives, neighbours together, so that their number stays small as well.
//
//   if (auto range = choose_rewriting(uses, segment_bytes)) rewrite_segments(disk, "data", segments_in(*range), lives);
//
// The policy is pure; rewriting blocks.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "platform/kafka/log/active_segment.h"
#include "skerry/base/result.h"
#include "skerry/disk/disk.h"

namespace skerry::platform::kafka::log {

/// So many small neighbours become one although all they hold lives.
inline constexpr std::size_t kMergedSegments = 8;

struct SegmentUse {
  std::uint64_t bytes = 0;
  std::uint64_t live_bytes = 0;
};

struct SegmentRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  friend bool operator==(const SegmentRange&, const SegmentRange&) = default;
};

/// Which neighbours to write again as one, if any: at least half of their bytes is dead, or they are kMergedSegments or
/// more; what lives fits into one segment. `uses` are the closed segments, oldest first; one that is wholly dead is not
/// among them, for it is removed without that.
std::optional<SegmentRange> choose_rewriting(std::span<const SegmentUse> uses, std::uint64_t segment_bytes);

/// Whether a batch must be kept.
using BatchLives = std::function<bool(const PartitionKey& partition, Offset last_offset)>;

/// Writes the live batches of the segments, which are neighbours, into one new segment, durably. The old ones stay.
/// After an error there is nothing new. Errors: DataLoss when one is damaged, and those of the disk.
Result<SealedRuns> rewrite_segments(disk::Disk& disk, const std::string& directory,
                                    std::span<const SegmentPointer> segments, const BatchLives& lives);

/// Removes the files of segments that nothing needs any more. Files that are gone already are no error.
Result<> remove_segments(disk::Disk& disk, const std::string& directory, std::span<const SegmentPointer> segments);

}  // namespace skerry::platform::kafka::log
