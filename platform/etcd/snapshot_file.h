// SPDX-License-Identifier: Apache-2.0
//
// Snapshot files: the whole state after one log entry, as a row of chunks whose contents are the caller's. A snapshot
// is written under another name and gets its own only when all of it is on the medium, so there is never half a
// snapshot: one that does not check out is damaged, and is refused.
//
//   auto writer = SnapshotWriter::begin(disk, "data", 1000);
//   (*writer)->add(chunk);
//   (*writer)->finish();
//   Result<std::uint64_t> index = load_snapshot(disk, "data", [](std::string_view chunk) { return restore(chunk); });
//
// Format, integers little endian: magic "SKYSNP1\n", index u64; for each chunk its length u32, CRC-32C u32 of (number
// of the chunk u64, chunk) and its bytes; at the end length 0xffffffff, CRC-32C u32 of (number of chunks u64, index
// u64). All calls block.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "skerry/base/result.h"
#include "skerry/disk/disk.h"

namespace skerry::platform::etcd {

/// The longest chunk.
inline constexpr std::size_t kMaxSnapshotChunkBytes = std::size_t{16} << 20;

class SnapshotWriter {
 public:
  /// Begins the snapshot of the state after entry `index`. The disk outlives the writer. Dropped before finish(), a
  /// writer leaves nothing that counts.
  static Result<std::unique_ptr<SnapshotWriter>> begin(disk::Disk& disk, std::string directory, std::uint64_t index);
  SnapshotWriter(const SnapshotWriter&) = delete;
  SnapshotWriter& operator=(const SnapshotWriter&) = delete;

  /// Precondition: 0 < chunk.size() <= kMaxSnapshotChunkBytes.
  Result<> add(std::string_view chunk);
  /// Makes the snapshot durable and the newest one, and removes older ones.
  Result<> finish();
  std::uint64_t size_bytes() const { return size_bytes_; }
  std::uint64_t index() const { return index_; }

 private:
  SnapshotWriter(disk::Disk& disk, std::string directory, std::uint64_t index)
      : disk_(disk), directory_(std::move(directory)), index_(index) {}
  Result<> append(std::string_view bytes);

  disk::Disk& disk_;
  std::string directory_;
  std::uint64_t index_;
  std::unique_ptr<disk::File> file_;
  std::uint64_t chunks_ = 0;
  std::uint64_t size_bytes_ = 0;
};

/// Reads the newest snapshot of the directory chunk by chunk and returns its index; 0 when there is none. Removes what
/// unfinished and superseded snapshots left. Fails with DataLoss when the snapshot is damaged, or with what
/// `visit` failed with.
using VisitChunk = std::function<Result<>(std::string_view chunk)>;
Result<std::uint64_t> load_snapshot(disk::Disk& disk, const std::string& directory, const VisitChunk& visit);

}  // namespace skerry::platform::etcd
