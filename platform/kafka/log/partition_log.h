// SPDX-License-Identifier: Apache-2.0
//
// PartitionLog: where the records of one partition are. Those in the newest segment are known batch by batch, those in
// closed segments run by run (segment_index.h). Pure: it knows segments and reads none.
//
//   PartitionLog partition(0, 0);
//   partition.append(location);                 // durable now; the high watermark moves
//   if (const Run* run = partition.run_with(offset)) ... else for (auto& batch : partition.recent_from(offset)) ...
//
// Invariants: log_start <= next_offset. The runs and then the recent batches hold the offsets from log_start (and what
// is before it in the same run or batch) to next_offset without a gap.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/kafka/log/segment_index.h"
#include "platform/kafka/log/topic_config.h"
#include "platform/kafka/log/types.h"
#include "skerry/base/result.h"

namespace skerry::platform::kafka::log {

/// A closed segment. Its files never change; one that is rewritten becomes another segment with other files.
struct SealedSegment {
  /// The numbers of the segments that it stands for: more than one after several were merged.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  /// How often what it holds was rewritten.
  std::uint32_t generation = 0;
  std::uint64_t bytes = 0;
  std::string log_path;
  std::string index_path;
};
using SegmentPointer = std::shared_ptr<const SealedSegment>;

struct Run {
  SegmentPointer segment;
  RunSummary summary;
};

class PartitionLog {
 public:
  PartitionLog(Offset log_start, Offset next_offset) : log_start_(log_start), next_offset_(next_offset) {}

  Offset log_start() const { return log_start_; }
  Offset next_offset() const { return next_offset_; }
  /// Of all runs and batches that hold records from the log start on.
  std::uint64_t bytes() const { return bytes_; }

  /// The next batch, in the newest segment. Precondition: it begins at next_offset().
  void append(const BatchLocation& batch);
  /// The newest segment was closed; the recent batches are this run of it.
  void seal(Run run);
  /// For recovery: a run of the next closed segment. Dead ones are left out. Records may be missing before it, as long
  /// as what is yet to come moves the log start beyond them.
  void attach(Run run);
  /// For recovery, when all is there: fails with DataLoss when records from the log start on are missing.
  Result<> check_complete() const;
  /// The segments became another one; `run` is what is left of this partition there.
  void replace(std::span<const SegmentPointer> old_segments, std::optional<Run> run);

  /// Never goes back, never beyond next_offset().
  void set_log_start(Offset offset);
  /// Where the log would start after what is too old and too much was taken away. Closed segments count run by run.
  Offset retention_start(const EffectiveConfig& config, Timestamp now) const;

  /// The run with the offset; null when there is none, then see recent_from.
  const Run* run_with(Offset offset) const;
  /// The recent batches from the one with the offset on. Valid until the log changes.
  std::span<const BatchLocation> recent_from(Offset offset) const;
  const std::deque<Run>& runs() const { return runs_; }
  std::span<const BatchLocation> recent() const { return recent_; }
  /// Bytes from the offset on, counted up to `limit`; runs count as a whole.
  std::uint64_t bytes_from(Offset offset, std::uint64_t limit) const;

 private:
  Offset log_start_;
  Offset next_offset_;
  std::uint64_t bytes_ = 0;
  std::deque<Run> runs_;
  std::vector<BatchLocation> recent_;
};

}  // namespace skerry::platform::kafka::log
