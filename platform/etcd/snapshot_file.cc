// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/snapshot_file.h"

#include <fmt/core.h>

#include <charconv>
#include <optional>
#include <vector>

#include "skerry/base/byte_order.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::etcd {
namespace {

constexpr std::string_view kSnapshotMagic = "SKYSNP1\n";
constexpr std::string_view kSnapshotSuffix = ".snapshot";
constexpr std::string_view kUnfinishedSuffix = ".snapshot.tmp";
constexpr std::size_t kSnapshotNameDigits = 16;
constexpr std::size_t kSnapshotHeaderBytes = 16;
constexpr std::size_t kSnapshotChunkHeadBytes = 8;
constexpr std::uint32_t kSnapshotEnd = 0xffffffff;

std::string snapshot_header(std::uint64_t index) {
  std::string header(kSnapshotMagic);
  append_integer(header, index);
  return header;
}

std::uint32_t chunk_checksum(std::uint64_t number, std::string_view chunk) {
  std::string covered;
  append_integer(covered, number);
  return crc32c(chunk, crc32c(covered));
}

std::uint32_t end_checksum(std::uint64_t chunks, std::uint64_t index) {
  std::string covered;
  append_integer(covered, chunks);
  append_integer(covered, index);
  return crc32c(covered);
}

std::string snapshot_path(const std::string& directory, std::uint64_t index, std::string_view suffix) {
  return fmt::format("{}/{:016x}{}", directory, index, suffix);
}

std::optional<std::uint64_t> parse_snapshot_name(std::string_view name, std::string_view suffix) {
  if (name.size() != kSnapshotNameDigits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::uint64_t index = 0;
  const std::string_view digits = name.substr(0, kSnapshotNameDigits);
  auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index, 16);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  return index;
}

// Removes unfinished snapshots and those older than `newest`.
Result<> remove_others(disk::Disk& disk, const std::string& directory, std::uint64_t newest) {
  auto names = disk.list(directory);
  if (!names) return fail(std::move(names));
  bool removed_any = false;
  for (const std::string& name : *names) {
    const auto index = parse_snapshot_name(name, kSnapshotSuffix);
    if (!parse_snapshot_name(name, kUnfinishedSuffix) && !(index && *index < newest)) continue;
    if (auto removed = disk.remove(fmt::format("{}/{}", directory, name)); !removed) return removed;
    removed_any = true;
  }
  return removed_any ? disk.sync_directory(directory) : Result<>();
}

// Reads a snapshot file from its beginning, checking everything.
class SnapshotReader {
 public:
  SnapshotReader(disk::Disk& disk, std::string path, std::uint64_t index)
      : disk_(disk), path_(std::move(path)), index_(index) {}

  Result<> read(const VisitChunk& visit) {
    auto header = take(kSnapshotHeaderBytes);
    if (!header) return fail(std::move(header));
    if (*header != snapshot_header(index_)) return fail(damaged("its header is wrong"));
    for (std::uint64_t number = 0;; ++number) {
      auto head = take(kSnapshotChunkHeadBytes);
      if (!head) return fail(std::move(head));
      std::string_view fields = *head;
      const auto length = take_integer<std::uint32_t>(fields);
      const auto checksum = take_integer<std::uint32_t>(fields);
      if (length == kSnapshotEnd) return finish(number, checksum);
      if (length == 0 || length > kMaxSnapshotChunkBytes) return fail(damaged("a chunk has an impossible length"));
      auto chunk = take(length);
      if (!chunk) return fail(std::move(chunk));
      if (chunk_checksum(number, *chunk) != checksum) return fail(damaged("a checksum is wrong"));
      if (auto visited = visit(*chunk); !visited) return visited;
    }
  }

 private:
  Error damaged(std::string_view problem) const {
    return Error::data_loss(
        "the snapshot {} is damaged near byte {}: {}; the store does not start without it, restore the data directory "
        "from a backup",
        path_, offset_, problem);
  }

  Result<std::string> take(std::size_t bytes) {
    auto taken = disk_.read(path_, offset_, bytes);
    if (!taken) return taken;
    if (taken->size() != bytes) return fail(damaged("it ends too early"));
    offset_ += bytes;
    return taken;
  }

  Result<> finish(std::uint64_t chunks, std::uint32_t checksum) {
    if (end_checksum(chunks, index_) != checksum) return fail(damaged("its end is wrong"));
    auto size = disk_.size(path_);
    if (!size) return fail(std::move(size));
    if (*size != offset_) return fail(damaged("something follows its end"));
    return {};
  }

  disk::Disk& disk_;
  std::string path_;
  std::uint64_t index_;
  std::uint64_t offset_ = 0;
};

}  // namespace

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::begin(disk::Disk& disk, std::string directory,
                                                              std::uint64_t index) {
  std::unique_ptr<SnapshotWriter> writer(new SnapshotWriter(disk, std::move(directory), index));
  const std::string path = snapshot_path(writer->directory_, index, kUnfinishedSuffix);
  // An earlier attempt at the same snapshot may have been given up.
  if (disk.size(path))
    if (auto removed = disk.remove(path); !removed) return fail(std::move(removed));
  auto file = disk.create(path);
  if (!file) return fail(std::move(file));
  writer->file_ = *std::move(file);
  if (auto begun = writer->append(snapshot_header(index)); !begun) return fail(std::move(begun));
  return writer;
}

Result<> SnapshotWriter::append(std::string_view bytes) {
  size_bytes_ += bytes.size();
  return file_->append(bytes);
}

Result<> SnapshotWriter::add(std::string_view chunk) {
  SKERRY_CHECK(!chunk.empty() && chunk.size() <= kMaxSnapshotChunkBytes, "a snapshot chunk of an impossible size");
  std::string head;
  append_integer(head, static_cast<std::uint32_t>(chunk.size()));
  append_integer(head, chunk_checksum(chunks_++, chunk));
  if (auto written = append(head); !written) return written;
  return append(chunk);
}

Result<> SnapshotWriter::finish() {
  std::string end;
  append_integer(end, kSnapshotEnd);
  append_integer(end, end_checksum(chunks_, index_));
  if (auto written = append(end); !written) return written;
  if (auto synced = file_->sync(); !synced) return synced;
  if (auto renamed = disk_.rename(snapshot_path(directory_, index_, kUnfinishedSuffix),
                                  snapshot_path(directory_, index_, kSnapshotSuffix));
      !renamed)
    return renamed;
  if (auto named = disk_.sync_directory(directory_); !named) return named;
  return remove_others(disk_, directory_, index_);
}

Result<std::uint64_t> load_snapshot(disk::Disk& disk, const std::string& directory, const VisitChunk& visit) {
  auto names = disk.list(directory);
  if (!names) return fail(std::move(names));
  std::uint64_t newest = 0;
  for (const std::string& name : *names)
    if (auto index = parse_snapshot_name(name, kSnapshotSuffix)) newest = std::max(newest, *index);
  if (newest > 0) {
    SnapshotReader reader(disk, snapshot_path(directory, newest, kSnapshotSuffix), newest);
    if (auto read = reader.read(visit); !read) return fail(std::move(read));
  }
  if (auto removed = remove_others(disk, directory, newest); !removed) return fail(std::move(removed));
  return newest;
}

}  // namespace skerry::platform::etcd
