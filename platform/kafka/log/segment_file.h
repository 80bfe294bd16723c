// SPDX-License-Identifier: Apache-2.0
//
// The files of the log's segments: their names, what a scan finds in them, and the index file beside a closed one.
//
//   0000000000000007-0000000000000007-00000000.log      segment 7, as it was written
//   0000000000000003-0000000000000006-00000002.log      what is left of segments 3 to 6, after a second rewriting
//   0000000000000003-0000000000000006-00000002.index
//
// A segment is a write-ahead log segment (skerry/disk/wal_format.h) whose entries are numbered from its own number
// times 2^32 on. As it is begun its first entry is a checkpoint; after rewriting it holds batches alone. No file but
// the newest segment is ever changed: rewriting makes a new one, under a name that nothing else ever has. All calls
// block.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/kafka/log/entry.h"
#include "platform/kafka/log/partition_log.h"
#include "platform/kafka/log/segment_index.h"
#include "skerry/base/result.h"
#include "skerry/disk/disk.h"
#include "skerry/disk/wal_format.h"

namespace skerry::platform::kafka::log {

/// A segment without its sizes and positions known: what a file's name says.
SealedSegment segment_named(const std::string& directory, std::uint64_t first, std::uint64_t last,
                            std::uint32_t generation);
/// The segment of a log file's name; nullopt for another file.
std::optional<SealedSegment> parse_log_name(const std::string& directory, std::string_view name);
/// True for the files that a crash may leave, and that nothing needs.
bool is_leftover_name(std::string_view name);
bool is_index_name(std::string_view name);
/// True when `other` holds everything that `segment` does, and is the newer of the two.
bool is_superseded_by(const SealedSegment& segment, const SealedSegment& other);

/// The number of a segment's first entry.
std::uint64_t first_entry_of(std::uint64_t segment);

/// Called for each entry with its position in the file; for a batch, with that of the batch. An error ends the scan.
using VisitStored =
    std::function<Result<>(const std::variant<BatchEntry, storage::Entry>& entry, std::uint32_t position)>;
/// Scans a segment's bytes. Fails with the error of `visit` as it is, or DataLoss for an entry that is not one.
Result<disk::SegmentScan> scan_segment_file(std::string_view bytes, const SealedSegment& segment,
                                            const VisitStored& visit);

/// The same location for the index, whether the batch is written or found.
BatchLocation location_of(const BatchHead& head, std::uint32_t position, std::size_t size);

/// Scans a closed segment, which must be whole, for its index. Errors: DataLoss.
Result<SegmentIndexBuilder> index_segment(disk::Disk& disk, const SealedSegment& segment);
/// Writes the index file. Not synced, for it can be made again.
Result<> write_index(disk::Disk& disk, const SealedSegment& segment, const BuiltIndex& index);
/// The runs of a closed segment from its index file; when that is missing or damaged, from the segment, and the file is
/// written again. Errors: DataLoss.
Result<std::vector<RunSummary>> load_runs(disk::Disk& disk, const SealedSegment& segment);
/// The batches of one run, the same way.
Result<std::vector<BatchLocation>> load_batches(disk::Disk& disk, const Run& run);

/// What somebody is told who must restore a backup.
Error damaged_segment(const SealedSegment& segment, const std::string& problem);

}  // namespace skerry::platform::kafka::log
