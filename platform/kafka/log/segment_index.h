// SPDX-License-Identifier: Apache-2.0
//
// Where the batches of a segment lie, by partition, and the bytes of the file that says so beside a closed segment. A
// partition's batches in a segment are a run: consecutive offsets. The file begins with a table of its runs, which is
// read when the store is opened; the batches of a run are read when somebody looks into it. Pure; decoding accepts any
// bytes, and what was damaged is rebuilt from the segment.
//
//   SegmentIndexBuilder builder;
//   builder.add(partition, {.base_offset = 0, .last_offset_delta = 9, .position = 79, .size = 1000});
//   BuiltIndex index = builder.build(segment_bytes);
//
// All integers are little endian. Header: magic "SKYIDX1\n", bytes of the segment u64, number of runs u32; the runs,
// see RunSummary; CRC-32C u32 of all that; then the batches of each run, see BatchLocation.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/kafka/log/types.h"

namespace skerry::platform::kafka::log {

/// One batch in the file of a segment.
struct BatchLocation {
  Offset base_offset = 0;
  std::int32_t last_offset_delta = 0;
  std::uint32_t position = 0;
  std::uint32_t size = 0;
  Timestamp max_timestamp{};
  friend bool operator==(const BatchLocation&, const BatchLocation&) = default;

  Offset last_offset() const { return base_offset + last_offset_delta; }
};

/// The batches of one partition in a segment, in order, without gaps.
struct RunSummary {
  PartitionKey partition;
  Offset first_offset = 0;
  Offset last_offset = 0;
  Timestamp max_timestamp{};
  std::uint64_t bytes = 0;  // of the batches
  std::uint32_t batches = 0;
  // Where the index file has its batches, and their checksum.
  std::uint64_t entries_position = 0;
  std::uint32_t entries_checksum = 0;
  friend bool operator==(const RunSummary&, const RunSummary&) = default;
};

inline constexpr std::size_t kIndexHeaderBytes = 20;
inline constexpr std::size_t kRunBytes = 60;
inline constexpr std::size_t kIndexEntryBytes = 28;
/// The longest table of runs; what claims more is damaged.
inline constexpr std::size_t kMaxIndexRuns = 1'000'000;

struct BuiltIndex {
  std::string bytes;
  std::vector<RunSummary> runs;  // by partition
};

class SegmentIndexBuilder {
 public:
  /// False, and nothing is added, when the batch does not follow the partition's last one.
  bool add(const PartitionKey& partition, const BatchLocation& batch);
  BuiltIndex build(std::uint64_t segment_bytes) const;
  std::size_t batches() const { return batches_; }
  /// In order; null when there are none.
  const std::vector<BatchLocation>* find(const PartitionKey& partition) const;
  void clear();

 private:
  std::unordered_map<PartitionKey, std::vector<BatchLocation>, PartitionKeyHash> runs_;
  std::size_t batches_ = 0;
};

/// How many bytes the header and the table have that begins with these kIndexHeaderBytes bytes; nullopt when they are
/// not the header of the index of a segment with so many bytes.
std::optional<std::size_t> index_table_bytes(std::string_view header, std::uint64_t segment_bytes);
/// The table, if the bytes are exactly what index_table_bytes asked for, and undamaged.
std::optional<std::vector<RunSummary>> decode_index_table(std::string_view bytes);
/// The batches of a run from their bytes, if undamaged.
std::optional<std::vector<BatchLocation>> decode_run(const RunSummary& run, std::string_view bytes);

}  // namespace skerry::platform::kafka::log
