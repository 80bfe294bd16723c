// SPDX-License-Identifier: Apache-2.0
//
// DurableLog: the log as one thing: the state, the newest segment, the closed ones. What takes long is done in three
// steps, so that whoever shares the state among tasks holds a lock for the short ones alone:
//
//   WritePlan plan = log.prepare(commits, now);        // locked: what is refused is decided here, offsets are given
//   log.write(plan);                                   // blocks on the disk, touches no state
//   std::vector<PartitionKey> changed = log.finish(plan);   // locked: what is durable is applied, outcomes are set
//
// One plan at a time. Cleaning goes the same way, beside it. Reading is up to the caller, with what state() knows and a
// BatchReader.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/kafka/log/active_segment.h"
#include "platform/kafka/log/batch_reader.h"
#include "platform/kafka/log/commit.h"
#include "platform/kafka/log/log_options.h"
#include "platform/kafka/log/log_state.h"
#include "platform/kafka/log/rewriting.h"
#include "skerry/base/result.h"
#include "skerry/disk/disk.h"

namespace skerry::platform::kafka::log {

struct CleaningPlan {
  std::vector<SegmentPointer> removed;    // nothing in them lives; after clean() those whose files are still there
  std::vector<SegmentPointer> rewritten;  // neighbours that become one
  std::unordered_map<PartitionKey, Offset, PartitionKeyHash> log_starts;
  // Set by clean().
  std::optional<SealedRuns> fresh;
};

class DurableLog {
 public:
  /// Opens what is in the directory, or begins. Blocks. Errors as for LogStore::open. The disk outlives the log.
  static Result<std::unique_ptr<DurableLog>> open(disk::Disk& disk, std::string directory, LogOptions options);
  ~DurableLog();
  DurableLog(const DurableLog&) = delete;
  DurableLog& operator=(const DurableLog&) = delete;

  const LogState& state() const { return state_; }

  // ---- writing, one plan at a time

  WritePlan prepare(Commits commits, Timestamp now) const;
  void write(WritePlan& plan);
  /// Gives the partitions whose readers must look again. Every commit has an outcome then; its event is not set.
  std::vector<PartitionKey> finish(WritePlan& plan);

  // ---- cleaning, one plan at a time, beside writing

  /// What retention takes away at this time, as an entry to be committed; nullopt when nothing.
  std::optional<storage::Entry> retention(Timestamp now) const;
  void forget_idle_producers(Timestamp since) { state_.forget_idle_producers(since); }
  CleaningPlan plan_cleaning();
  /// Blocks on the disk, touches no state. What fails is left for a later round, and said in the result.
  Result<> clean(CleaningPlan& plan);
  /// To be called after clean(), whatever became of that. True when there is more to do at once: the files of segments
  /// that were rewritten are removed by the next plan.
  bool finish_cleaning(CleaningPlan& plan);

  // ---- reports, of the state after the last finished plan

  const FilePointer& active_file() const { return active_file_; }
  /// True when no plan will ever succeed.
  bool broken() const { return broken_; }
  std::size_t segments() const { return sealed_.size() + 1; }
  std::uint64_t size_bytes() const;

 private:
  DurableLog(disk::Disk& disk, std::string directory, LogOptions options);
  // Recovery.
  Result<> recover();
  Result<> find_segments(std::vector<SealedSegment>& segments);
  Result<bool> recover_from(SealedSegment newest);
  Result<> attach_sealed();
  Result<> check_complete();
  Error missing(const PartitionKey& key, const Error& error) const;
  Result<> begin_store();
  void keep_reserve();

  std::string encode_checkpoint() const;
  bool wants_new_segment() const;
  Result<> begin_segment(WritePlan& plan);
  Result<> write_entries(WritePlan& plan);
  void apply(WritePlan& plan, std::vector<PartitionKey>& changed);
  void install(const SealedRuns& sealed);

  disk::Disk& disk_;
  const std::string directory_;
  const LogOptions options_;
  LogState state_;
  std::vector<SegmentPointer> sealed_;  // ascending
  // Nobody needs them any more, and their files are still there.
  std::vector<SegmentPointer> doomed_;
  FilePointer active_file_;
  std::uint64_t active_bytes_ = 0;
  std::uint64_t active_checkpoint_bytes_ = 0;
  bool broken_ = false;
  bool active_in_page_cache_ = false;  // how the newest segment was begun

  std::unique_ptr<ActiveSegment> active_;  // used by write() alone, once open
  bool write_broken_ = false;
};

}  // namespace skerry::platform::kafka::log
