// SPDX-License-Identifier: Apache-2.0
//
// SnapshotSource and SnapshotSink: the state as chunks of a snapshot, and back. The source shows the state as it was
// when the source was made, in steps, while the state goes on changing; so nobody waits for a whole snapshot. One
// condition: no compact_step while a source is in use, since it would drop what the source has yet to show.
//
//   SnapshotSource source(machine, index);
//   while (auto step = source.next()) write(step->encode());   // next() under the lock, encode() without it
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/etcd/state_machine.h"

namespace skerry::platform::etcd {

/// Keys in one step, and the size at which a chunk is full.
inline constexpr std::size_t kMaxSnapshotKeysPerStep = 1000;
inline constexpr std::size_t kFullSnapshotChunkBytes = std::size_t{4} << 20;
inline constexpr int kMaxSnapshotLeasesPerChunk = 100'000;

/// A piece of the state, which shares what it refers to with the store.
class SnapshotStep {
 public:
  /// The chunks of this piece. May be called anywhere; the state may have changed since.
  std::vector<std::string> encode() const;

 private:
  friend class SnapshotSource;
  void encode_beginning(std::vector<std::string>& chunks) const;
  void encode_keys(std::vector<std::string>& chunks) const;

  std::optional<storage::SnapshotHead> head_;
  storage::SnapshotLeases leases_;
  std::vector<std::vector<KeyValuePointer>> keys_;
};

class SnapshotSource {
 public:
  /// The state after entry `index`, which is the one last applied. The machine outlives the source.
  SnapshotSource(const StateMachine& machine, std::uint64_t index);

  /// The next piece; nullopt after the last one.
  std::optional<SnapshotStep> next();

 private:
  const StateMachine& machine_;
  std::optional<storage::SnapshotHead> head_;
  storage::SnapshotLeases leases_;
  Revision revision_;
  Revision compact_revision_;
  std::optional<std::string> next_key_ = "";
};

/// Restores a machine from chunks.
class SnapshotSink {
 public:
  /// The machine is empty and outlives the sink.
  SnapshotSink(StateMachine& machine, StateMachine::Time now) : machine_(machine), now_(now) {}

  /// The next chunk. Errors: DataLoss for what no source has made.
  Result<> add(std::string_view chunk);
  /// After the last chunk.
  Result<> finish();
  /// The index that the source was made for; 0 before the first chunk.
  std::uint64_t index() const { return index_; }

 private:
  Result<> add_key(const storage::SnapshotKey& key);
  Result<> finish_key();

  StateMachine& machine_;
  StateMachine::Time now_;
  std::uint64_t index_ = 0;
  bool has_head_ = false;
  Revision revision_ = 0;
  Revision compact_revision_ = 0;
  std::vector<KeyValue> versions_;  // of the key at hand
};

}  // namespace skerry::platform::etcd
