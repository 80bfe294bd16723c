// SPDX-License-Identifier: Apache-2.0
//
// ActiveSegment: the newest segment, the one that is written to. Entries that are written together are durable
// together, with one sync, when write() returns.
//
//   auto segment = ActiveSegment::create(disk, "data", 1, checkpoint, Durability::kFsync);
//   Result<std::vector<BatchLocation>> written = (*segment)->write(entries);
//   SealedRuns sealed = (*segment)->seal();               // when the next one is there
//
// All calls block; one thread at a time, but for reader().
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "platform/kafka/log/log_options.h"
#include "platform/kafka/log/segment_file.h"
#include "skerry/disk/disk.h"

namespace skerry::platform::kafka::log {

/// One entry to be written.
struct StoredEntry {
  std::string head;  // of a batch, or a whole message
  std::optional<BatchHead> batch_head;
  std::string batch;  // empty for a message
};

/// A closed segment and what is in it.
struct SealedRuns {
  SegmentPointer segment;
  std::vector<RunSummary> runs;
};

class ActiveSegment {
 public:
  /// Begins the segment; it is durable, with its checkpoint, when this returns. After an error it is as if it had not
  /// been begun, unless `broken` is set: then nobody knows.
  static Result<std::unique_ptr<ActiveSegment>> create(disk::Disk& disk, const std::string& directory,
                                                       std::uint64_t number, const std::string& checkpoint,
                                                       Durability durability, bool& broken);
  /// Goes on with a segment that was scanned: what was cut off by a crash is dropped, the rest made durable.
  static Result<std::unique_ptr<ActiveSegment>> reopen(disk::Disk& disk, SealedSegment segment,
                                                       const disk::SegmentScan& scan, SegmentIndexBuilder index,
                                                       std::uint64_t checkpoint_bytes, Durability durability);
  ActiveSegment(const ActiveSegment&) = delete;
  ActiveSegment& operator=(const ActiveSegment&) = delete;

  /// Makes the entries durable, and gives where each batch lies (messages have no place). On an error none of them
  /// counts: nothing was written (a full disk: the segment goes on when there is room again), or nobody knows, and then
  /// every later call fails too.
  Result<std::vector<BatchLocation>> write(std::span<const StoredEntry> entries);
  /// Makes durable what was written without a sync.
  Result<> sync();
  /// Writes the index file, and gives the segment as the closed one that it is from then on. Call it when the next
  /// segment is there.
  SealedRuns seal();

  std::uint64_t number() const { return segment_.first; }
  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t checkpoint_bytes() const { return checkpoint_bytes_; }
  bool broken() const { return broken_; }
  /// Reads what was written; any thread, also after this object is gone.
  const std::shared_ptr<const disk::Reader>& reader() const { return reader_; }

 private:
  ActiveSegment(disk::Disk& disk, SealedSegment segment, Durability durability)
      : disk_(disk), segment_(std::move(segment)), durability_(durability) {}
  Result<> begin(const std::string& directory, const std::string& checkpoint, bool& broken);
  Result<> open_reader();
  Result<> write_frame();

  disk::Disk& disk_;
  SealedSegment segment_;
  const Durability durability_;
  std::unique_ptr<disk::File> file_;
  std::shared_ptr<const disk::Reader> reader_;
  std::uint64_t bytes_ = 0;
  std::uint64_t checkpoint_bytes_ = 0;
  std::uint64_t next_entry_ = 0;
  SegmentIndexBuilder index_;
  std::string frame_;  // kept for its memory
  bool broken_ = false;
};

}  // namespace skerry::platform::kafka::log
