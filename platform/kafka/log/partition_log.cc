// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/partition_log.h"

#include <algorithm>

#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {
namespace {

Error missing_records(Offset first, Offset last) {
  return Error::data_loss("the records with offsets {} to {} are missing", first, last);
}

}  // namespace

void PartitionLog::append(const BatchLocation& batch) {
  SKERRY_CHECK(batch.base_offset == next_offset_, "a batch begins where the last one ended");
  recent_.push_back(batch);
  next_offset_ = batch.last_offset() + 1;
  bytes_ += batch.size;
}

void PartitionLog::seal(Run run) {
  for (const BatchLocation& batch : recent_) bytes_ -= batch.size;
  recent_.clear();
  if (run.summary.last_offset < log_start_) return;
  bytes_ += run.summary.bytes;
  runs_.push_back(std::move(run));
}

void PartitionLog::attach(Run run) {
  if (run.summary.last_offset < log_start_) return;
  bytes_ += run.summary.bytes;
  runs_.push_back(std::move(run));
}

Result<> PartitionLog::check_complete() const {
  // The first piece may begin before the log start.
  Offset expected = log_start_;
  const auto follows = [&](Offset first, Offset last) {
    const bool good = first == expected || (expected == log_start_ && first < expected);
    if (good) expected = last + 1;
    return good;
  };
  for (const Run& run : runs_)
    if (!follows(run.summary.first_offset, run.summary.last_offset))
      return fail(missing_records(expected, run.summary.first_offset - 1));
  for (const BatchLocation& batch : recent_)
    if (!follows(batch.base_offset, batch.last_offset())) return fail(missing_records(expected, batch.base_offset - 1));
  if (expected != next_offset_) return fail(missing_records(expected, next_offset_ - 1));
  return {};
}

void PartitionLog::replace(std::span<const SegmentPointer> old_segments, std::optional<Run> run) {
  const auto is_old = [&](const Run& candidate) {
    return std::ranges::find(old_segments, candidate.segment) != old_segments.end();
  };
  const auto first = std::ranges::find_if(runs_, is_old);
  const auto last = std::find_if_not(first, runs_.end(), is_old);
  for (auto it = first; it != last; ++it) bytes_ -= it->summary.bytes;
  auto place = runs_.erase(first, last);
  if (!run || run->summary.last_offset < log_start_) return;
  bytes_ += run->summary.bytes;
  runs_.insert(place, *std::move(run));
}

void PartitionLog::set_log_start(Offset offset) {
  log_start_ = std::clamp(offset, log_start_, next_offset_);
  while (!runs_.empty() && runs_.front().summary.last_offset < log_start_) {
    bytes_ -= runs_.front().summary.bytes;
    runs_.pop_front();
  }
  auto keep = recent_.begin();
  for (; keep != recent_.end() && keep->last_offset() < log_start_; ++keep) bytes_ -= keep->size;
  recent_.erase(recent_.begin(), keep);
}

Offset PartitionLog::retention_start(const EffectiveConfig& config, Timestamp now) const {
  Offset start = log_start_;
  std::uint64_t left = bytes_;
  // False when this piece, the oldest that is left, stays.
  const auto goes = [&](Timestamp newest, std::uint64_t bytes) {
    const bool too_old = config.retention.count() >= 0 && now - newest > config.retention;
    const bool too_much =
        config.retention_bytes >= 0 && left - bytes >= static_cast<std::uint64_t>(config.retention_bytes);
    if (!too_old && !too_much) return false;
    left -= bytes;
    return true;
  };
  for (const Run& run : runs_) {
    if (!goes(run.summary.max_timestamp, run.summary.bytes)) return start;
    start = std::max(start, run.summary.last_offset + 1);
  }
  for (const BatchLocation& batch : recent_) {
    if (!goes(batch.max_timestamp, batch.size)) return start;
    start = std::max(start, batch.last_offset() + 1);
  }
  return start;
}

const Run* PartitionLog::run_with(Offset offset) const {
  const auto run = std::ranges::lower_bound(runs_, offset, {}, [](const Run& r) { return r.summary.last_offset; });
  return run == runs_.end() ? nullptr : &*run;
}

std::span<const BatchLocation> PartitionLog::recent_from(Offset offset) const {
  const auto batch = std::ranges::lower_bound(recent_, offset, {}, &BatchLocation::last_offset);
  return {batch, recent_.end()};
}

std::uint64_t PartitionLog::bytes_from(Offset offset, std::uint64_t limit) const {
  std::uint64_t bytes = 0;
  if (offset < log_start_ || offset >= next_offset_) return 0;
  auto run = std::ranges::lower_bound(runs_, offset, {}, [](const Run& r) { return r.summary.last_offset; });
  for (; run != runs_.end() && bytes < limit; ++run) bytes += run->summary.bytes;
  for (const BatchLocation& batch : recent_from(offset)) {
    if (bytes >= limit) break;
    bytes += batch.size;
  }
  return std::min(bytes, limit);
}

}  // namespace skerry::platform::kafka::log
