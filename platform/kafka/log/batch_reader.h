// SPDX-License-Identifier: Apache-2.0
//
// BatchReader: batches from the segments' files. What is likely to be needed again is kept open and in memory, within
// bounds: files of closed segments, and the indexes of runs that were looked into.
//
//   auto batches = reader.batches(run);                              // where they lie; blocks
//   auto chosen = choose_batches(**batches, offset, max_bytes, true);
//   read_batches(*file, chosen, records);                            // blocks; read_cached_batches does not
//
// Any thread.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "platform/kafka/log/lru_cache.h"
#include "platform/kafka/log/partition_log.h"
#include "skerry/base/result.h"
#include "skerry/disk/disk.h"

namespace skerry::platform::kafka::log {

/// Files of closed segments that are kept open.
inline constexpr std::size_t kMaxOpenSegments = 128;
/// Bytes that are read at once where that must not take long; more are read in the pool for blocking work.
inline constexpr std::size_t kMaxInlineReadBytes = std::size_t{1} << 20;

using BatchLocations = std::shared_ptr<const std::vector<BatchLocation>>;
using FilePointer = std::shared_ptr<const disk::Reader>;

/// The batches from the one with the offset on that fit into max_bytes together; the first one in any case, if so
/// asked.
std::span<const BatchLocation> choose_batches(std::span<const BatchLocation> batches, Offset offset,
                                              std::size_t max_bytes, bool at_least_one);

/// Appends the batches' bytes. Fails with DataLoss when what lies there is not these batches.
Result<> read_batches(const disk::Reader& file, std::span<const BatchLocation> batches, std::string& out);
/// The same without waiting for the disk; false, with `out` as it was, when that cannot be.
bool read_cached_batches(const disk::Reader& file, std::span<const BatchLocation> batches, std::string& out);

class BatchReader {
 public:
  explicit BatchReader(disk::Disk& disk) : disk_(disk) {}
  BatchReader(const BatchReader&) = delete;
  BatchReader& operator=(const BatchReader&) = delete;

  /// Where the batches of the run lie. Blocks. NotFound when the segment was rewritten or removed meanwhile.
  Result<BatchLocations> batches(const Run& run);
  /// The file of the run's segment. Blocks. NotFound as above.
  Result<FilePointer> file(const SealedSegment& segment);
  /// The same if they are in memory, else null.
  BatchLocations cached_batches(const Run& run);
  FilePointer cached_file(const SealedSegment& segment);
  /// The segment is gone: so that its space can be given back.
  void forget(const SealedSegment& segment) { files_.erase(segment.log_path); }

 private:
  disk::Disk& disk_;
  LruCache<std::pair<std::string, PartitionKey>, BatchLocations> batches_{kMaxIndexCacheBytes};
  LruCache<std::string, FilePointer> files_{kMaxOpenSegments};
};

}  // namespace skerry::platform::kafka::log
