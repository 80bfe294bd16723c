// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/batch_reader.h"

#include <algorithm>
#include <cstring>

#include "platform/kafka/log/entry.h"
#include "platform/kafka/log/segment_file.h"

namespace skerry::platform::kafka::log {
namespace {

// Batches of one partition lie between those of others. What is between is read along with them where it is short.
constexpr std::size_t kReadOverBytes = 4096;
constexpr std::size_t kMaxGatheredBytes = std::size_t{256} << 10;
// A longer batch is read by itself: a call costs less than moving it to its place afterwards.
constexpr std::size_t kMaxMovedBytes = std::size_t{32} << 10;

// How many of the batches are worth reading with one call.
std::size_t gather(std::span<const BatchLocation> batches) {
  std::size_t count = 1;
  const std::uint64_t begin = batches[0].position;
  std::uint64_t end = begin + batches[0].size;
  while (count < batches.size() && batches[0].size <= kMaxMovedBytes) {
    const BatchLocation& next = batches[count];
    if (next.size > kMaxMovedBytes) break;
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

// Appends `size` bytes that read(position, span) gives, without clearing the room for them first.
template <class Read>
Result<> append_read(std::uint64_t position, std::size_t size, std::string& out, Read read) {
  const std::size_t place = out.size();
  Result<> got;
  // The size that the library hands in may be more than the one asked for.
  out.resize_and_overwrite(place + size, [&](char* data, std::size_t) {
    got = read(position, std::span<char>(data + place, size));
    return got ? place + size : place;
  });
  return got;
}

// Batches that were read together, from `place` in `out` on: what lies between them is taken out.
Result<> close_ranks(std::span<const BatchLocation> batches, std::string& out, std::size_t place) {
  const std::size_t piece = place;
  for (const BatchLocation& batch : batches) {
    const std::size_t from = piece + (batch.position - batches.front().position);
    if (!is_there(batch, std::string_view(out).substr(from, batch.size))) {
      out.resize(place);
      return fail(
          Error::data_loss("the batch at offset {} is not where it should be: the log is damaged; restore "
                           "the data directory from a backup",
                           batch.base_offset));
    }
    if (from != place) std::memmove(out.data() + place, out.data() + from, batch.size);
    place += batch.size;
  }
  out.resize(place);
  return {};
}

// Calls read(position, span) for pieces, and appends the batches in them.
template <class Read>
Result<> read_pieces(std::span<const BatchLocation> batches, std::string& out, Read read) {
  std::size_t total = 0;
  for (const BatchLocation& batch : batches) total += batch.size;
  out.reserve(out.size() + total + std::min(total, kMaxGatheredBytes));
  while (!batches.empty()) {
    const auto gathered = batches.first(gather(batches));
    const std::size_t place = out.size();
    const std::uint64_t begin = gathered.front().position;
    const std::size_t size = gathered.back().position + gathered.back().size - begin;
    if (Result<> got = append_read(begin, size, out, read); !got) return got;
    if (Result<> closed = close_ranks(gathered, out, place); !closed) return closed;
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
