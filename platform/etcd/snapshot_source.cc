// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/snapshot_source.h"

namespace skerry::platform::etcd {
namespace {

void fill_version(const KeyValue& kv, storage::SnapshotVersion& version) {
  version.set_create_revision(kv.create_revision);
  version.set_mod_revision(kv.mod_revision);
  version.set_version(kv.version);
  version.set_lease(kv.lease);
  version.set_sub_revision(kv.sub_revision);
  version.set_value(kv.value);
}

std::string finish_chunk(storage::SnapshotChunk& chunk) {
  std::string bytes = chunk.SerializeAsString();
  chunk.Clear();
  return bytes;
}

}  // namespace

SnapshotSource::SnapshotSource(const StateMachine& machine, std::uint64_t index)
    : machine_(machine), revision_(machine.store().revision()), compact_revision_(machine.store().compact_revision()) {
  storage::SnapshotHead& head = head_.emplace();
  head.set_index(index);
  head.set_revision(revision_);
  head.set_compact_revision(compact_revision_);
  *head.mutable_start() = machine.start();
  for (const LeaseId id : machine.leases().ids()) {
    auto& lease = *leases_.add_leases();
    lease.set_id(id);
    lease.set_time_to_live_seconds(machine.leases().status(id, {})->granted.count());
  }
  fill_alarms(machine.alarms(), *head.mutable_alarms());
}

std::optional<SnapshotStep> SnapshotSource::next() {
  if (!head_ && !next_key_) return std::nullopt;
  SnapshotStep step;
  step.head_ = std::exchange(head_, std::nullopt);
  step.leases_.Swap(&leases_);
  const std::string from = *std::exchange(next_key_, std::nullopt);
  next_key_ = machine_.store().visit_versions(
      from, revision_, compact_revision_, kMaxSnapshotKeysPerStep,
      [&](const std::string&, const std::vector<KeyValuePointer>& versions) { step.keys_.push_back(versions); });
  return step;
}

std::vector<std::string> SnapshotStep::encode() const {
  std::vector<std::string> chunks;
  if (head_) encode_beginning(chunks);
  encode_keys(chunks);
  return chunks;
}

void SnapshotStep::encode_beginning(std::vector<std::string>& chunks) const {
  storage::SnapshotChunk chunk;
  *chunk.mutable_head() = *head_;
  chunks.push_back(finish_chunk(chunk));
  for (const auto& lease : leases_.leases()) {
    *chunk.mutable_leases()->add_leases() = lease;
    if (chunk.leases().leases_size() == kMaxSnapshotLeasesPerChunk) chunks.push_back(finish_chunk(chunk));
  }
  if (chunk.has_leases()) chunks.push_back(finish_chunk(chunk));
}

void SnapshotStep::encode_keys(std::vector<std::string>& chunks) const {
  storage::SnapshotChunk chunk;
  std::size_t bytes = 0;
  for (const auto& versions : keys_) {
    storage::SnapshotKey* key = nullptr;
    for (const KeyValuePointer& kv : versions) {
      if (bytes >= kFullSnapshotChunkBytes) {
        chunks.push_back(finish_chunk(chunk));
        bytes = 0;
        key = nullptr;
      }
      if (key == nullptr) {
        key = chunk.mutable_keys()->add_keys();
        key->set_key(kv->key);
      }
      fill_version(*kv, *key->add_versions());
      bytes += kv->size_bytes();
    }
  }
  if (chunk.has_keys()) chunks.push_back(finish_chunk(chunk));
}

Result<> SnapshotSink::add(std::string_view bytes) {
  storage::SnapshotChunk chunk;
  if (!chunk.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return fail(Error::data_loss("a snapshot chunk cannot be parsed"));
  if (chunk.has_head()) {
    if (has_head_) return fail(Error::data_loss("a snapshot has two heads"));
    has_head_ = true;
    index_ = chunk.head().index();
    revision_ = chunk.head().revision();
    compact_revision_ = chunk.head().compact_revision();
    machine_.restore_head(chunk.head());
    return {};
  }
  if (!has_head_) return fail(Error::data_loss("a snapshot has no head"));
  if (chunk.has_leases()) return machine_.restore_leases(chunk.leases(), now_);
  if (!chunk.has_keys()) return fail(Error::data_loss("a snapshot chunk is of a newer version"));
  for (const storage::SnapshotKey& key : chunk.keys().keys())
    if (auto added = add_key(key); !added) return added;
  return {};
}

Result<> SnapshotSink::add_key(const storage::SnapshotKey& key) {
  if (!versions_.empty() && versions_.back().key != key.key())
    if (auto finished = finish_key(); !finished) return finished;
  for (const storage::SnapshotVersion& version : key.versions()) {
    versions_.push_back({.key = key.key(),
                         .value = version.value(),
                         .create_revision = version.create_revision(),
                         .mod_revision = version.mod_revision(),
                         .version = version.version(),
                         .lease = version.lease(),
                         .sub_revision = version.sub_revision()});
  }
  return {};
}

Result<> SnapshotSink::finish_key() { return machine_.restore_key(std::exchange(versions_, {})); }

Result<> SnapshotSink::finish() {
  if (!has_head_) return fail(Error::data_loss("a snapshot is empty"));
  if (!versions_.empty())
    if (auto finished = finish_key(); !finished) return finished;
  return machine_.finish_restore(revision_, compact_revision_);
}

}  // namespace skerry::platform::etcd
