// SPDX-License-Identifier: Apache-2.0
//
// Opening a log. The newest segment is scanned: its checkpoint is the state as it was when it was begun, its other
// entries are applied one by one. Of the closed segments only the tables of their index files are read.
#include <algorithm>
#include <limits>

#include "platform/kafka/log/durable_log.h"
#include "platform/kafka/log/log_files.h"
#include "skerry/base/ids.h"

namespace skerry::platform::kafka::log {
namespace {

using storage::Entry;
using End = disk::SegmentScan::End;

// Producer ids of a store begin at a random place, so that a producer that outlives a store is not taken for one of the
// next.
ProducerId first_producer_id() { return static_cast<ProducerId>(random_below(std::uint64_t{1} << 40)) << 16; }

}  // namespace

Result<std::unique_ptr<DurableLog>> DurableLog::open(disk::Disk& disk, std::string directory, LogOptions options) {
  std::unique_ptr<DurableLog> log(new DurableLog(disk, std::move(directory), std::move(options)));
  if (auto made = disk.create_directories(log->directory_); !made) return fail(std::move(made));
  if (auto recovered = log->recover(); !recovered) return fail(std::move(recovered));
  log->active_file_ = log->active_->reader();
  log->active_bytes_ = log->active_->bytes();
  log->active_checkpoint_bytes_ = log->active_->checkpoint_bytes();
  log->keep_reserve();
  return log;
}

Result<> DurableLog::recover() {
  std::vector<SealedSegment> segments;
  if (auto found = find_segments(segments); !found) return found;
  std::ranges::sort(segments, {}, &SealedSegment::first);
  for (const SealedSegment& segment : segments) sealed_.push_back(std::make_shared<const SealedSegment>(segment));
  // The newest one may be what a crash left of beginning it. Then the one before is the newest.
  for (int attempt = 0; attempt < 2 && !sealed_.empty(); ++attempt) {
    const SealedSegment newest = *sealed_.back();
    sealed_.pop_back();
    auto recovered = recover_from(newest);
    if (!recovered) return fail(std::move(recovered));
    if (*recovered) return {};
    if (auto removed = disk_.remove(newest.log_path); !removed) return removed;
  }
  if (!sealed_.empty()) return fail(damaged_segment(*sealed_.back(), "it is not the newest segment, which is missing"));
  return begin_store();
}

Result<> DurableLog::find_segments(std::vector<SealedSegment>& segments) {
  auto names = disk_.list(directory_);
  if (!names) return fail(std::move(names));
  std::vector<SealedSegment> found;
  for (const std::string& name : *names) {
    if (is_leftover_name(name))
      if (auto removed = disk_.remove(directory_ + "/" + name); !removed) return removed;
    auto segment = parse_log_name(directory_, name);
    if (!segment) continue;
    auto size = disk_.size(segment->log_path);
    if (!size) return fail(std::move(size));
    segment->bytes = *size;
    found.push_back(*std::move(segment));
  }
  for (const SealedSegment& segment : found) {
    const auto supersedes = [&](const SealedSegment& other) { return is_superseded_by(segment, other); };
    if (std::ranges::none_of(found, supersedes)) {
      segments.push_back(segment);
    } else if (auto removed = disk_.remove(segment.log_path); !removed) {
      return removed;
    }
  }
  // An index alone is of no use; what removed its segment was cut off.
  for (const std::string& name : *names) {
    if (!is_index_name(name)) continue;
    const std::string path = directory_ + "/" + name;
    if (std::ranges::find(segments, path, &SealedSegment::index_path) != segments.end()) continue;
    if (auto removed = disk_.remove(path); !removed) return removed;
  }
  return {};
}

// False when the segment was never begun for good.
Result<bool> DurableLog::recover_from(SealedSegment newest) {
  auto bytes = disk_.read(newest.log_path, 0, std::numeric_limits<std::size_t>::max());
  if (!bytes) return fail(std::move(bytes));
  SegmentIndexBuilder index;
  std::optional<std::uint64_t> checkpoint_end;
  auto scan = scan_segment_file(*bytes, newest, [&](const auto& entry, std::uint32_t position) -> Result<> {
    if (!checkpoint_end) {
      const auto* first = std::get_if<Entry>(&entry);
      if (first == nullptr || !first->has_checkpoint())
        return fail(damaged_segment(newest, "it is not the newest segment, which is missing"));
      checkpoint_end = position + 1 + first->ByteSizeLong();
      active_in_page_cache_ = first->checkpoint().in_page_cache();
      state_.restore(first->checkpoint());
      return attach_sealed();
    }
    const auto* batch = std::get_if<BatchEntry>(&entry);
    if (batch == nullptr) {
      state_.apply(std::get<Entry>(entry));
      return {};
    }
    const BatchLocation location = location_of(batch->head, position, batch->batch.size());
    if (state_.apply(batch->head, location) && index.add(batch->head.partition, location)) return {};
    return fail(damaged_segment(newest, "batches are out of order"));
  });
  if (!scan) return fail(std::move(scan));
  // Without syncs a power loss leaves anything behind the checkpoint; with them, only the last write can be cut off.
  const bool may_be_cut = checkpoint_end && active_in_page_cache_;
  if (scan->end == End::kCorrupt && !may_be_cut) return fail(damaged_segment(newest, scan->problem));
  if (!checkpoint_end) return false;
  if (auto complete = check_complete(); !complete) return fail(std::move(complete));
  auto active =
      ActiveSegment::reopen(disk_, std::move(newest), *scan, std::move(index), *checkpoint_end, options_.durability);
  if (!active) return fail(std::move(active));
  active_ = *std::move(active);
  if (auto synced = disk_.sync_directory(directory_); !synced) return fail(std::move(synced));
  return true;
}

Result<> DurableLog::attach_sealed() {
  for (const SegmentPointer& segment : sealed_) {
    auto runs = load_runs(disk_, *segment);
    if (!runs) return fail(std::move(runs));
    for (const RunSummary& run : *runs)
      if (PartitionLog* partition = state_.find(run.partition)) partition->attach({segment, run});
  }
  return {};
}

Result<> DurableLog::check_complete() {
  Result<> complete;
  state_.for_each_partition([&](const PartitionKey& key, PartitionLog& partition) {
    if (auto checked = partition.check_complete(); complete && !checked) complete = fail(missing(key, checked.error()));
  });
  return complete;
}

Error DurableLog::missing(const PartitionKey& key, const Error& error) const {
  return Error::data_loss(
      "the log in {} is damaged: of topic {}, partition {}, {}: a segment file is not there any more; restore the data "
      "directory from a backup",
      directory_, state_.find_topic(key.topic)->topic.name, key.partition, error.message());
}

Result<> DurableLog::begin_store() {
  state_.begin_producer_ids(first_producer_id());
  active_in_page_cache_ = options_.durability == Durability::kPageCache;
  auto active = ActiveSegment::create(disk_, directory_, 1, encode_checkpoint(), options_.durability, write_broken_);
  if (!active) return fail(std::move(active));
  active_ = *std::move(active);
  return {};
}

}  // namespace skerry::platform::kafka::log
