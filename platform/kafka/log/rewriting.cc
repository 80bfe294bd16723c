// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/rewriting.h"

#include <algorithm>
#include <limits>

#include "skerry/base/defer.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr std::size_t kRewrittenFrameBytes = std::size_t{4} << 20;

// Writes batches one by one into a file, in frames.
class BatchWriter {
 public:
  BatchWriter(disk::File& file, std::uint64_t segment) : file_(file), next_entry_(first_entry_of(segment)) {
    pending_ = disk::encode_segment_header(next_entry_);
  }

  Result<> add(const BatchEntry& entry) {
    if (!frame_) frame_.emplace(pending_, next_entry_);
    const std::string head = encode_batch_head(entry.head);
    const std::size_t position = written_ + frame_->add(head, entry.batch) + head.size();
    if (!index_.add(entry.head.partition,
                    location_of(entry.head, static_cast<std::uint32_t>(position), entry.batch.size())))
      return fail(Error::data_loss("offset {} does not follow the one before", entry.head.base_offset));
    ++next_entry_;
    return frame_->payload_bytes() < kRewrittenFrameBytes ? Result<>() : flush();
  }

  Result<> finish() {
    if (auto flushed = flush(); !flushed) return flushed;
    return file_.sync();
  }
  std::uint64_t bytes() const { return written_; }
  const SegmentIndexBuilder& index() const { return index_; }

 private:
  Result<> flush() {
    if (frame_) frame_->finish();
    frame_.reset();
    if (auto appended = file_.append(pending_); !appended) return appended;
    written_ += pending_.size();
    pending_.clear();
    return {};
  }

  disk::File& file_;
  std::uint64_t next_entry_;
  std::string pending_;
  std::uint64_t written_ = 0;
  std::optional<disk::FrameBuilder> frame_;
  SegmentIndexBuilder index_;
};

Result<> copy_live(disk::Disk& disk, const SealedSegment& segment, const BatchLives& lives, BatchWriter& writer) {
  auto bytes = disk.read(segment.log_path, 0, std::numeric_limits<std::size_t>::max());
  if (!bytes) return fail(std::move(bytes));
  auto scan = scan_segment_file(*bytes, segment, [&](const auto& entry, std::uint32_t) -> Result<> {
    const auto* batch = std::get_if<BatchEntry>(&entry);
    if (batch == nullptr || !lives(batch->head.partition, batch->head.last_offset())) return {};
    return writer.add(*batch);
  });
  if (!scan) return fail(std::move(scan));
  if (scan->end != disk::SegmentScan::End::kClean) return fail(damaged_segment(segment, scan->problem));
  return {};
}

}  // namespace

std::optional<SegmentRange> choose_rewriting(std::span<const SegmentUse> uses, std::uint64_t segment_bytes) {
  for (std::size_t begin = 0; begin < uses.size(); ++begin) {
    std::uint64_t bytes = 0;
    std::uint64_t live = 0;
    std::size_t end = begin;
    for (; end < uses.size() && live + uses[end].live_bytes <= segment_bytes; ++end) {
      bytes += uses[end].bytes;
      live += uses[end].live_bytes;
    }
    // The longest range that fits, cut back to where it is worth the work.
    for (; end > begin; --end) {
      if (live <= bytes / 2 || end - begin >= kMergedSegments) return SegmentRange{begin, end};
      bytes -= uses[end - 1].bytes;
      live -= uses[end - 1].live_bytes;
    }
  }
  return std::nullopt;
}

Result<SealedRuns> rewrite_segments(disk::Disk& disk, const std::string& directory,
                                    std::span<const SegmentPointer> segments, const BatchLives& lives) {
  std::uint32_t generation = 0;
  for (const SegmentPointer& segment : segments) generation = std::max(generation, segment->generation);
  SealedSegment fresh = segment_named(directory, segments.front()->first, segments.back()->last, generation + 1);
  const std::string temporary = fresh.log_path + ".tmp";
  Defer discard([&] { std::ignore = disk.remove(temporary); });
  if (disk.size(temporary))
    if (auto removed = disk.remove(temporary); !removed) return fail(std::move(removed));
  auto file = disk.create(temporary);
  if (!file) return fail(std::move(file));
  BatchWriter writer(**file, fresh.first);
  for (const SegmentPointer& segment : segments)
    if (auto copied = copy_live(disk, *segment, lives, writer); !copied) return fail(std::move(copied));
  if (auto finished = writer.finish(); !finished) return fail(std::move(finished));
  if (auto named = disk.rename(temporary, fresh.log_path); !named) return fail(std::move(named));
  discard.cancel();
  // From here on the new one may be what is found after a crash; both hold what lives.
  if (auto durable = disk.sync_directory(directory); !durable) return fail(std::move(durable));
  fresh.bytes = writer.bytes();
  BuiltIndex index = writer.index().build(fresh.bytes);
  std::ignore = write_index(disk, fresh, index);
  return SealedRuns{std::make_shared<const SealedSegment>(std::move(fresh)), std::move(index.runs)};
}

Result<> remove_segments(disk::Disk& disk, const std::string& directory, std::span<const SegmentPointer> segments) {
  for (const SegmentPointer& segment : segments) {
    for (const std::string& path : {segment->index_path, segment->log_path}) {
      auto removed = disk.remove(path);
      if (!removed && removed.error().code() != Code::kNotFound) return removed;
    }
  }
  return disk.sync_directory(directory);
}

}  // namespace skerry::platform::kafka::log
