// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/active_segment.h"

#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {
namespace {

// A frame's memory is given back when it was larger than usual.
constexpr std::size_t kKeptFrameBytes = 2 * kMaxCommitBytes;

}  // namespace

Result<std::unique_ptr<ActiveSegment>> ActiveSegment::create(disk::Disk& disk, const std::string& directory,
                                                             std::uint64_t number, const std::string& checkpoint,
                                                             Durability durability, bool& broken) {
  SealedSegment segment = segment_named(directory, number, number, 0);
  std::unique_ptr<ActiveSegment> active(new ActiveSegment(disk, std::move(segment), durability));
  const std::string& path = active->segment_.log_path;
  // An earlier attempt may have failed half way.
  if (disk.size(path))
    if (auto removed = disk.remove(path); !removed) return fail(std::move(removed));
  auto file = disk.create(path);
  if (!file) return fail(std::move(file));
  active->file_ = *std::move(file);
  const auto begun = active->begin(directory, checkpoint, broken);
  if (!begun) {
    // What is there of it is not whole, so it will not be taken for a segment. It only takes space.
    if (!broken) std::ignore = disk.remove(path);
    return fail(Error(begun.error()));
  }
  return active;
}

Result<> ActiveSegment::begin(const std::string& directory, const std::string& checkpoint, bool& broken) {
  const std::string header = disk::encode_segment_header(first_entry_of(number()));
  disk::append_frame(frame_, first_entry_of(number()), {&checkpoint, 1});
  if (auto written = file_->append(header); !written) return written;
  // The header first, so that what a crash leaves of the rest can be judged.
  broken = true;
  if (auto synced = file_->sync(); !synced) return synced;
  broken = false;
  if (auto written = file_->append(frame_); !written) return written;
  // From here on it may be there after a crash, and would be gone on with, and not the one before.
  broken = true;
  if (auto synced = file_->sync(); !synced) return synced;
  if (auto named = disk_.sync_directory(directory); !named) return named;
  if (auto opened = open_reader(); !opened) return opened;
  broken = false;
  bytes_ = checkpoint_bytes_ = header.size() + frame_.size();
  next_entry_ = first_entry_of(number()) + 1;
  return {};
}

Result<std::unique_ptr<ActiveSegment>> ActiveSegment::reopen(disk::Disk& disk, SealedSegment segment,
                                                             const disk::SegmentScan& scan, SegmentIndexBuilder index,
                                                             std::uint64_t checkpoint_bytes, Durability durability) {
  std::unique_ptr<ActiveSegment> active(new ActiveSegment(disk, std::move(segment), durability));
  auto file = disk.open(active->segment_.log_path);
  if (!file) return fail(std::move(file));
  active->file_ = *std::move(file);
  if (scan.end != disk::SegmentScan::End::kClean) {
    // What is cut off must not come back behind the next frame.
    if (auto cut = active->file_->truncate(scan.valid_bytes); !cut) return fail(std::move(cut));
  }
  // A process that was killed may have left entries that only the page cache has. They will be shown, so they must
  // stay.
  if (auto synced = active->file_->sync(); !synced) return fail(std::move(synced));
  if (auto opened = active->open_reader(); !opened) return fail(std::move(opened));
  active->bytes_ = scan.valid_bytes;
  active->next_entry_ = scan.next_index;
  active->checkpoint_bytes_ = checkpoint_bytes;
  active->index_ = std::move(index);
  return active;
}

Result<> ActiveSegment::open_reader() {
  auto reader = disk_.open_reader(segment_.log_path);
  if (!reader) return fail(std::move(reader));
  reader_ = *std::move(reader);
  return {};
}

Result<std::vector<BatchLocation>> ActiveSegment::write(std::span<const StoredEntry> entries) {
  if (broken_) return fail(Error::internal("the log failed earlier and takes no more entries"));
  frame_.clear();
  disk::FrameBuilder frame(frame_, next_entry_);
  std::vector<BatchLocation> locations;
  locations.reserve(entries.size());
  for (const StoredEntry& entry : entries) {
    const std::size_t position = bytes_ + frame.add(entry.head, entry.batch);
    if (!entry.batch_head) continue;
    const auto batch_position = static_cast<std::uint32_t>(position + entry.head.size());
    locations.push_back(location_of(*entry.batch_head, batch_position, entry.batch.size()));
  }
  frame.finish();
  if (auto written = write_frame(); !written) return fail(std::move(written));
  bytes_ += frame_.size();
  next_entry_ += entries.size();
  if (frame_.capacity() > kKeptFrameBytes) std::string().swap(frame_);
  auto location = locations.begin();
  for (const StoredEntry& entry : entries)
    if (entry.batch_head)
      SKERRY_CHECK(index_.add(entry.batch_head->partition, *location++), "batches are written in the order of offsets");
  return locations;
}

Result<> ActiveSegment::write_frame() {
  if (auto written = file_->append(frame_); !written) {
    // Part of the frame may be there. Without it the segment is as before, and can go on when there is room again.
    const bool undone = file_->truncate(bytes_) && file_->sync();
    if (!undone) broken_ = true;
    return written;
  }
  if (durability_ == Durability::kPageCache) return {};
  if (auto synced = file_->sync(); !synced) {
    broken_ = true;
    return synced;
  }
  return {};
}

Result<> ActiveSegment::sync() {
  auto synced = file_->sync();
  if (!synced) broken_ = true;
  return synced;
}

SealedRuns ActiveSegment::seal() {
  segment_.bytes = bytes_;
  BuiltIndex index = index_.build(bytes_);
  // Without the file the index is made from the segment when it is needed.
  std::ignore = write_index(disk_, segment_, index);
  return {std::make_shared<const SealedSegment>(segment_), std::move(index.runs)};
}

}  // namespace skerry::platform::kafka::log
