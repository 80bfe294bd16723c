// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/batch_reader.h"

#include <algorithm>

#include "platform/kafka/log/entry.h"
#include "platform/kafka/log/segment_file.h"

namespace skerry::platform::kafka::log {
namespace {

// Batches of one partition lie between those of others. What is between is read along with them where it is short.
constexpr std::size_t kReadOverBytes = 4096;
constexpr std::size_t kMaxGatheredBytes = std::size_t{256} << 10;

// How many of the batches are worth reading with one call.
std::size_t gather(std::span<const BatchLocation> batches) {
  std::size_t count = 1;
  const std::uint64_t begin = batches[0].position;
  std::uint64_t end = begin + batches[0].size;
  while (count < batches.size()) {
    const BatchLocation& next = batches[count];
    if (next.position < end || next.position - end > kReadOverBytes) break;
    if (next.position + next.size - begin > kMaxGatheredBytes) break;
    end = next.position + next.size;
    ++count;
  }
  return count;
}

bool is_there(const BatchLocation& batch, std::string_view bytes) {
  return bytes.size() >= kRecordBatchHeadBytes && placed_at(bytes) == batch.base_offset;
}

// Calls read(position, span) for pieces, and appends the batches in them.
template <class Read>
Result<> read_pieces(std::span<const BatchLocation> batches, std::string& out, Read read) {
  std::size_t total = 0;
  for (const BatchLocation& batch : batches) total += batch.size;
  out.reserve(out.size() + total);
  std::string piece;
  while (!batches.empty()) {
    const auto gathered = batches.first(gather(batches));
    const std::uint64_t begin = gathered.front().position;
    piece.resize(gathered.back().position + gathered.back().size - begin);
    if (Result<> got = read(begin, std::span<char>(piece)); !got) return got;
    for (const BatchLocation& batch : gathered) {
      const auto bytes = std::string_view(piece).substr(batch.position - begin, batch.size);
      if (!is_there(batch, bytes))
        return fail(
            Error::data_loss("the batch at offset {} is not where it should be: the log is damaged; restore "
                             "the data directory from a backup",
                             batch.base_offset));
      out += bytes;
    }
    batches = batches.subspan(gathered.size());
  }
  return {};
}

}  // namespace

std::span<const BatchLocation> choose_batches(std::span<const BatchLocation> batches, Offset offset,
                                              std::size_t max_bytes, bool at_least_one) {
  const auto first = std::ranges::lower_bound(batches, offset, {}, &BatchLocation::last_offset);
  std::size_t bytes = 0;
  auto end = first;
  while (end != batches.end() && (bytes + end->size <= max_bytes || (end == first && at_least_one)))
    bytes += (end++)->size;
  return {first, end};
}

Result<> read_batches(const disk::Reader& file, std::span<const BatchLocation> batches, std::string& out) {
  return read_pieces(batches, out, [&](std::uint64_t at, std::span<char> piece) { return file.read(at, piece); });
}

bool read_cached_batches(const disk::Reader& file, std::span<const BatchLocation> batches, std::string& out) {
  const std::size_t before = out.size();
  const auto read = [&](std::uint64_t at, std::span<char> piece) -> Result<> {
    if (file.read_cached(at, piece)) return {};
    return fail(Error::unavailable("not in memory"));
  };
  if (read_pieces(batches, out, read)) return true;
  out.resize(before);
  return false;
}

Result<BatchLocations> BatchReader::batches(const Run& run) {
  if (auto cached = cached_batches(run)) return cached;
  auto loaded = load_batches(disk_, run);
  if (!loaded) return fail(std::move(loaded));
  const std::size_t bytes = loaded->size() * sizeof(BatchLocation);
  auto batches = std::make_shared<const std::vector<BatchLocation>>(*std::move(loaded));
  batches_.put({run.segment->log_path, run.summary.partition}, batches, bytes);
  return batches;
}

BatchLocations BatchReader::cached_batches(const Run& run) {
  return batches_.get({run.segment->log_path, run.summary.partition}).value_or(nullptr);
}

Result<FilePointer> BatchReader::file(const SealedSegment& segment) {
  if (auto cached = cached_file(segment)) return cached;
  auto opened = disk_.open_reader(segment.log_path);
  if (!opened) return fail(std::move(opened));
  FilePointer file = *std::move(opened);
  files_.put(segment.log_path, file, 1);
  return file;
}

FilePointer BatchReader::cached_file(const SealedSegment& segment) {
  return files_.get(segment.log_path).value_or(nullptr);
}

}  // namespace skerry::platform::kafka::log
