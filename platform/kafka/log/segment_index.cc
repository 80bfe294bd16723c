// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/segment_index.h"

#include <algorithm>

#include "platform/kafka/log/stored_fields.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr std::string_view kIndexMagic = "SKYIDX1\n";
constexpr std::size_t kChecksumBytes = 4;

void append_run(std::string& out, const RunSummary& run) {
  append_integer(out, run.partition.topic);
  append_integer(out, static_cast<std::uint32_t>(run.partition.partition));
  append_signed(out, run.first_offset);
  append_signed(out, run.last_offset);
  append_time(out, run.max_timestamp);
  append_integer(out, run.bytes);
  append_integer(out, run.batches);
  append_integer(out, run.entries_position);
  append_integer(out, run.entries_checksum);
}

RunSummary take_run(std::string_view& bytes) {
  RunSummary run;
  run.partition.topic = take_integer<std::uint64_t>(bytes);
  run.partition.partition = static_cast<std::int32_t>(take_integer<std::uint32_t>(bytes));
  run.first_offset = take_signed(bytes);
  run.last_offset = take_signed(bytes);
  run.max_timestamp = take_time(bytes);
  run.bytes = take_integer<std::uint64_t>(bytes);
  run.batches = take_integer<std::uint32_t>(bytes);
  run.entries_position = take_integer<std::uint64_t>(bytes);
  run.entries_checksum = take_integer<std::uint32_t>(bytes);
  return run;
}

void append_location(std::string& out, const BatchLocation& batch) {
  append_signed(out, batch.base_offset);
  append_integer(out, static_cast<std::uint32_t>(batch.last_offset_delta));
  append_integer(out, batch.position);
  append_integer(out, batch.size);
  append_time(out, batch.max_timestamp);
}

RunSummary summarise(const PartitionKey& partition, const std::vector<BatchLocation>& batches) {
  RunSummary run{.partition = partition,
                 .first_offset = batches.front().base_offset,
                 .last_offset = batches.back().last_offset(),
                 .max_timestamp = batches.front().max_timestamp,
                 .batches = static_cast<std::uint32_t>(batches.size())};
  for (const BatchLocation& batch : batches) {
    run.max_timestamp = std::max(run.max_timestamp, batch.max_timestamp);
    run.bytes += batch.size;
  }
  return run;
}

}  // namespace

bool SegmentIndexBuilder::add(const PartitionKey& partition, const BatchLocation& batch) {
  std::vector<BatchLocation>& run = runs_[partition];
  if (!run.empty() && run.back().last_offset() + 1 != batch.base_offset) return false;
  run.push_back(batch);
  ++batches_;
  return true;
}

const std::vector<BatchLocation>* SegmentIndexBuilder::find(const PartitionKey& partition) const {
  const auto run = runs_.find(partition);
  return run == runs_.end() ? nullptr : &run->second;
}

void SegmentIndexBuilder::clear() {
  runs_.clear();
  batches_ = 0;
}

BuiltIndex SegmentIndexBuilder::build(std::uint64_t segment_bytes) const {
  BuiltIndex index;
  index.runs.reserve(runs_.size());
  for (const auto& [partition, batches] : runs_) index.runs.push_back(summarise(partition, batches));
  std::ranges::sort(index.runs, {}, &RunSummary::partition);
  const std::size_t table_bytes = kIndexHeaderBytes + index.runs.size() * kRunBytes + kChecksumBytes;
  std::string entries;
  entries.reserve(batches_ * kIndexEntryBytes);
  for (RunSummary& run : index.runs) {
    const std::size_t begin = entries.size();
    for (const BatchLocation& batch : runs_.at(run.partition)) append_location(entries, batch);
    run.entries_position = table_bytes + begin;
    run.entries_checksum = crc32c(std::string_view(entries).substr(begin));
  }
  index.bytes = kIndexMagic;
  append_integer(index.bytes, segment_bytes);
  append_integer(index.bytes, static_cast<std::uint32_t>(index.runs.size()));
  for (const RunSummary& run : index.runs) append_run(index.bytes, run);
  append_integer(index.bytes, crc32c(index.bytes));
  index.bytes += entries;
  return index;
}

std::optional<std::size_t> index_table_bytes(std::string_view header, std::uint64_t segment_bytes) {
  if (header.size() != kIndexHeaderBytes || !header.starts_with(kIndexMagic)) return std::nullopt;
  header.remove_prefix(kIndexMagic.size());
  if (take_integer<std::uint64_t>(header) != segment_bytes) return std::nullopt;
  const auto runs = take_integer<std::uint32_t>(header);
  if (runs > kMaxIndexRuns) return std::nullopt;
  return kIndexHeaderBytes + runs * kRunBytes + kChecksumBytes;
}

std::optional<std::vector<RunSummary>> decode_index_table(std::string_view bytes) {
  if (bytes.size() < kIndexHeaderBytes + kChecksumBytes) return std::nullopt;
  const std::string_view covered = bytes.substr(0, bytes.size() - kChecksumBytes);
  std::string_view checksum = bytes.substr(covered.size());
  if (take_integer<std::uint32_t>(checksum) != crc32c(covered)) return std::nullopt;
  std::string_view table = covered.substr(kIndexHeaderBytes);
  if (table.size() % kRunBytes != 0) return std::nullopt;
  std::vector<RunSummary> runs;
  runs.reserve(table.size() / kRunBytes);
  while (!table.empty()) runs.push_back(take_run(table));
  return runs;
}

std::optional<std::vector<BatchLocation>> decode_run(const RunSummary& run, std::string_view bytes) {
  if (bytes.size() != std::size_t{run.batches} * kIndexEntryBytes || crc32c(bytes) != run.entries_checksum)
    return std::nullopt;
  std::vector<BatchLocation> batches;
  batches.reserve(run.batches);
  while (!bytes.empty()) {
    BatchLocation batch;
    batch.base_offset = take_signed(bytes);
    batch.last_offset_delta = static_cast<std::int32_t>(take_integer<std::uint32_t>(bytes));
    batch.position = take_integer<std::uint32_t>(bytes);
    batch.size = take_integer<std::uint32_t>(bytes);
    batch.max_timestamp = take_time(bytes);
    batches.push_back(batch);
  }
  return batches;
}

}  // namespace skerry::platform::kafka::log
