// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/segment_file.h"

#include <fmt/core.h>

#include <charconv>
#include <limits>

namespace skerry::platform::kafka::log {
namespace {

constexpr std::string_view kLogSuffix = ".log";
constexpr std::string_view kIndexSuffix = ".index";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::size_t kStemLength = 16 + 1 + 16 + 1 + 8;

template <class T>
bool parse_hex(std::string_view text, T& value) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc() && stop == text.data() + text.size();
}

Result<std::string> read_whole(disk::Disk& disk, const std::string& path) {
  return disk.read(path, 0, std::numeric_limits<std::size_t>::max());
}

std::optional<std::vector<RunSummary>> read_table(disk::Disk& disk, const SealedSegment& segment) {
  const auto header = disk.read(segment.index_path, 0, kIndexHeaderBytes);
  if (!header) return std::nullopt;
  const auto bytes = index_table_bytes(*header, segment.bytes);
  if (!bytes) return std::nullopt;
  const auto table = disk.read(segment.index_path, 0, *bytes);
  if (!table || table->size() != *bytes) return std::nullopt;
  return decode_index_table(*table);
}

}  // namespace

SealedSegment segment_named(const std::string& directory, std::uint64_t first, std::uint64_t last,
                            std::uint32_t generation) {
  const std::string stem = fmt::format("{}/{:016x}-{:016x}-{:08x}", directory, first, last, generation);
  return {.first = first,
          .last = last,
          .generation = generation,
          .log_path = stem + std::string(kLogSuffix),
          .index_path = stem + std::string(kIndexSuffix)};
}

std::optional<SealedSegment> parse_log_name(const std::string& directory, std::string_view name) {
  if (name.size() != kStemLength + kLogSuffix.size() || !name.ends_with(kLogSuffix)) return std::nullopt;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint32_t generation = 0;
  if (!parse_hex(name.substr(0, 16), first) || !parse_hex(name.substr(17, 16), last) ||
      !parse_hex(name.substr(34, 8), generation) || last < first)
    return std::nullopt;
  SealedSegment segment = segment_named(directory, first, last, generation);
  if (!segment.log_path.ends_with(name)) return std::nullopt;  // written in another way
  return segment;
}

bool is_leftover_name(std::string_view name) { return name.ends_with(kTemporarySuffix); }

bool is_index_name(std::string_view name) { return name.ends_with(kIndexSuffix); }

bool is_superseded_by(const SealedSegment& segment, const SealedSegment& other) {
  if (segment.first < other.first || segment.last > other.last) return false;
  const bool same_range = segment.first == other.first && segment.last == other.last;
  return !same_range || segment.generation < other.generation;
}

std::uint64_t first_entry_of(std::uint64_t segment) { return segment << 32; }

Result<disk::SegmentScan> scan_segment_file(std::string_view bytes, const SealedSegment& segment,
                                            const VisitStored& visit) {
  Result<> visited;
  auto scan =
      disk::scan_segment(bytes, first_entry_of(segment.first), [&](std::uint64_t index, std::string_view stored) {
        if (!visited) return;
        auto entry = decode_entry(stored);
        if (!entry) {
          visited = fail(damaged_segment(segment, fmt::format("entry {:x}: {}", index, entry.error().message())));
          return;
        }
        const auto* batch = std::get_if<BatchEntry>(&*entry);
        const char* begin = batch != nullptr ? batch->batch.data() : stored.data();
        visited = visit(*entry, static_cast<std::uint32_t>(begin - bytes.data()));
      });
  if (!visited) return fail(std::move(visited));
  return scan;
}

BatchLocation location_of(const BatchHead& head, std::uint32_t position, std::size_t size) {
  return {.base_offset = head.base_offset,
          .last_offset_delta = head.last_offset_delta,
          .position = position,
          .size = static_cast<std::uint32_t>(size),
          .max_timestamp = head.max_timestamp};
}

Result<SegmentIndexBuilder> index_segment(disk::Disk& disk, const SealedSegment& segment) {
  auto bytes = read_whole(disk, segment.log_path);
  if (!bytes) return fail(std::move(bytes));
  SegmentIndexBuilder builder;
  auto scan = scan_segment_file(*bytes, segment, [&](const auto& entry, std::uint32_t position) -> Result<> {
    const auto* batch = std::get_if<BatchEntry>(&entry);
    if (batch == nullptr) return {};
    if (builder.add(batch->head.partition, location_of(batch->head, position, batch->batch.size()))) return {};
    return fail(damaged_segment(segment, "batches are out of order"));
  });
  if (!scan) return fail(std::move(scan));
  if (scan->end != disk::SegmentScan::End::kClean) return fail(damaged_segment(segment, scan->problem));
  return builder;
}

Result<> write_index(disk::Disk& disk, const SealedSegment& segment, const BuiltIndex& index) {
  if (disk.size(segment.index_path))
    if (auto removed = disk.remove(segment.index_path); !removed) return removed;
  auto file = disk.create(segment.index_path);
  if (!file) return fail(std::move(file));
  return (*file)->append(index.bytes);
}

Result<std::vector<RunSummary>> load_runs(disk::Disk& disk, const SealedSegment& segment) {
  if (auto runs = read_table(disk, segment)) return *std::move(runs);
  auto builder = index_segment(disk, segment);
  if (!builder) return fail(std::move(builder));
  BuiltIndex index = builder->build(segment.bytes);
  // A full disk, perhaps. Then it is made again when it is needed.
  std::ignore = write_index(disk, segment, index);
  return std::move(index.runs);
}

Result<std::vector<BatchLocation>> load_batches(disk::Disk& disk, const Run& run) {
  const RunSummary& summary = run.summary;
  auto bytes = disk.read(run.segment->index_path, summary.entries_position, summary.batches * kIndexEntryBytes);
  if (bytes)
    if (auto batches = decode_run(summary, *bytes)) return *std::move(batches);
  auto builder = index_segment(disk, *run.segment);
  if (!builder) return fail(std::move(builder));
  const auto* batches = builder->find(summary.partition);
  if (batches == nullptr || batches->back().last_offset() != summary.last_offset)
    return fail(damaged_segment(*run.segment, "records that its index names are not there"));
  return *batches;
}

Error damaged_segment(const SealedSegment& segment, const std::string& problem) {
  return Error::data_loss(
      "the log is damaged, {}: {}. Records that were acknowledged may be lost; restore the data directory from a "
      "backup, or, to go on without what is in this directory, move it away",
      segment.log_path, problem);
}

}  // namespace skerry::platform::kafka::log
