// SPDX-License-Identifier: Apache-2.0
#include "skerry/disk/wal.h"

#include <fmt/core.h>

#include <charconv>
#include <limits>
#include <optional>

#include "skerry/base/check.h"

namespace skerry::disk {
namespace {

constexpr std::string_view kSegmentSuffix = ".wal";
constexpr std::size_t kSegmentNameDigits = 16;

// "00000000000000ff.wal" to 255; nullopt for another name.
std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kSegmentNameDigits + kSegmentSuffix.size() || !name.ends_with(kSegmentSuffix)) return std::nullopt;
  std::uint64_t index = 0;
  const char* end = name.data() + kSegmentNameDigits;
  auto [stop, error] = std::from_chars(name.data(), end, index, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return index;
}

Error damaged_log(const std::string& path, const std::string& problem) {
  return Error::data_loss(
      "the log is damaged, {}: {}. Entries that were acknowledged may be lost, so the store does not start; "
      "restore the data directory from a backup",
      path, problem);
}

}  // namespace

std::string Wal::path_of(std::uint64_t first_index) const {
  return fmt::format("{}/{:016x}{}", directory_, first_index, kSegmentSuffix);
}

Result<std::unique_ptr<Wal>> Wal::open(Disk& disk, std::string directory, std::uint64_t first_index,
                                       const Replay& replay, std::uint64_t max_segment_bytes) {
  std::unique_ptr<Wal> wal(new Wal(disk, std::move(directory), max_segment_bytes));
  if (auto found = wal->find_segments(); !found) return fail(std::move(found));
  wal->next_index_ = first_index;
  if (wal->segments_.empty()) {
    if (auto begun = wal->begin_segment(); !begun) return fail(std::move(begun));
    return wal;
  }
  if (auto replayed = wal->replay_segments(first_index, replay); !replayed) return fail(std::move(replayed));
  return wal;
}

Result<> Wal::find_segments() {
  auto names = disk_.list(directory_);
  if (!names) return fail(std::move(names));
  for (const std::string& name : *names) {
    auto index = parse_segment_name(name);
    if (!index) continue;
    auto size = disk_.size(path_of(*index));
    if (!size) return fail(std::move(size));
    segments_.push_back({*index, *size});
  }
  return {};
}

Result<SegmentScan> Wal::replay_segment(const Segment& segment, std::uint64_t first_index, const Replay& replay) {
  auto bytes = disk_.read(path_of(segment.first_index), 0, std::numeric_limits<std::size_t>::max());
  if (!bytes) return fail(std::move(bytes));
  Result<> replayed;
  SegmentScan scan = scan_segment(*bytes, segment.first_index, [&](std::uint64_t index, std::string_view entry) {
    if (replayed && index >= first_index) replayed = replay(index, entry);
  });
  if (!replayed) return fail(std::move(replayed));
  return scan;
}

Result<> Wal::replay_segments(std::uint64_t first_index, const Replay& replay) {
  if (segments_.front().first_index > first_index)
    return fail(damaged_log(
        directory_, fmt::format("entries {} to {} are missing", first_index, segments_.front().first_index - 1)));
  SegmentScan scan;
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    const Segment& segment = segments_[i];
    const std::string path = path_of(segment.first_index);
    if (i > 0 && segment.first_index != scan.next_index)
      return fail(damaged_log(path, fmt::format("entry {} should come before it", scan.next_index)));
    auto scanned = replay_segment(segment, first_index, replay);
    if (!scanned) return fail(std::move(scanned));
    scan = *std::move(scanned);
    const bool last = i + 1 == segments_.size();
    if (scan.end == SegmentScan::End::kCorrupt || (scan.end == SegmentScan::End::kTorn && !last))
      return fail(damaged_log(path, scan.problem));
  }
  if (scan.next_index < first_index)
    return fail(damaged_log(directory_, fmt::format("it ends before entry {}", first_index)));
  next_index_ = scan.next_index;
  return repair_last(scan);
}

Result<> Wal::repair_last(const SegmentScan& scan) {
  Segment& last = segments_.back();
  if (scan.valid_bytes == 0) {
    // The machine stopped while the segment was being made; nothing can have been written to it.
    if (auto removed = disk_.remove(path_of(last.first_index)); !removed) return removed;
    segments_.pop_back();
    return begin_segment();
  }
  auto file = disk_.open(path_of(last.first_index));
  if (!file) return fail(std::move(file));
  file_ = *std::move(file);
  if (scan.end == SegmentScan::End::kTorn) {
    // What is cut off must not come back behind the next frame.
    if (auto cut = file_->truncate(scan.valid_bytes); !cut) return cut;
    last.bytes = scan.valid_bytes;
  }
  // A process that was killed may have left entries that only the page cache has. They were replayed and will be shown,
  // so they have to stay.
  if (auto synced = file_->sync(); !synced) return synced;
  return disk_.sync_directory(directory_);
}

Result<> Wal::begin_segment() {
  const std::string path = path_of(next_index_);
  // An earlier attempt may have failed half way; nothing was ever written to what it left.
  if (disk_.size(path))
    if (auto removed = disk_.remove(path); !removed) return removed;
  auto file = disk_.create(path);
  if (!file) return fail(std::move(file));
  if (auto written = (*file)->append(encode_segment_header(next_index_)); !written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  if (auto named = disk_.sync_directory(directory_); !named) return named;
  file_ = *std::move(file);
  segments_.push_back({next_index_, kSegmentHeaderBytes});
  return {};
}

Result<> Wal::append(std::span<const std::string> entries) {
  if (entries.empty()) return {};
  if (broken_) return fail(Error::internal("the log failed earlier and takes no more entries"));
  const std::uint64_t bytes = segments_.back().bytes;
  if (bytes >= max_segment_bytes_ && bytes > kSegmentHeaderBytes) {
    if (auto begun = begin_segment(); !begun) return begun;
  }
  std::string frame;
  append_frame(frame, next_index_, entries);
  if (auto written = write(frame); !written) return written;
  segments_.back().bytes += frame.size();
  next_index_ += entries.size();
  return {};
}

Result<> Wal::write(std::string_view frame) {
  if (auto written = file_->append(frame); !written) {
    // Part of the frame may be there. Without it the log is as before, and can go on when there is room again.
    const bool undone = file_->truncate(segments_.back().bytes) && file_->sync();
    if (!undone) broken_ = true;
    return written;
  }
  if (auto synced = file_->sync(); !synced) {
    broken_ = true;
    return synced;
  }
  return {};
}

std::uint64_t Wal::size_bytes() const {
  std::uint64_t bytes = 0;
  for (const Segment& segment : segments_) bytes += segment.bytes;
  return bytes;
}

Result<> Wal::release(std::uint64_t index) {
  while (segments_.size() > 1 && segments_[1].first_index <= index + 1) {
    if (auto removed = disk_.remove(path_of(segments_.front().first_index)); !removed) return removed;
    segments_.erase(segments_.begin());
  }
  return disk_.sync_directory(directory_);
}

}  // namespace skerry::disk
