// SPDX-License-Identifier: Apache-2.0
//
// What goes over the etcd v3 API, as plain values (etcd API reference, "KV", "Watch", "Lease"). Names are the
// protocol's own; no protobuf is included here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "skerry/etcd/key_range.h"

namespace skerry::etcd {

/// A number that every change of the store raises by one; the first write of a fresh store gets 2.
using Revision = std::int64_t;
/// 0 is no lease.
using LeaseId = std::int64_t;

struct KeyValue {
  std::string key;
  std::string value;
  Revision create_revision = 0;
  Revision mod_revision = 0;
  /// How often the key was put since it was created: 1 for a new one. 0 for a deleted one.
  std::int64_t version = 0;
  LeaseId lease = 0;
  bool operator==(const KeyValue&) const = default;
};

/// Who answered, and the store's revision then.
struct ResponseHeader {
  std::uint64_t cluster_id = 0;
  std::uint64_t member_id = 0;
  Revision revision = 0;
  std::uint64_t raft_term = 0;
};

enum class SortOrder : std::uint8_t { kNone, kAscend, kDescend };
enum class SortTarget : std::uint8_t { kKey, kVersion, kCreateRevision, kModRevision, kValue };

struct RangeOptions {
  /// At most so many; 0 is no limit.
  std::int64_t limit = 0;
  /// The store as it was at this revision; 0 is now.
  Revision revision = 0;
  SortOrder sort_order = SortOrder::kNone;
  SortTarget sort_target = SortTarget::kKey;
  /// Answered by any member from what it has: faster, perhaps old.
  bool serializable = false;
  bool keys_only = false;
  bool count_only = false;
  Revision min_mod_revision = 0;
  Revision max_mod_revision = 0;
  Revision min_create_revision = 0;
  Revision max_create_revision = 0;
};

struct RangeResult {
  ResponseHeader header;
  std::vector<KeyValue> key_values;
  /// The limit cut the result.
  bool more = false;
  /// All keys in the range, whatever the limit.
  std::int64_t count = 0;
};

struct PutOptions {
  /// The key lives as long as this lease; 0 detaches it from the one it had.
  LeaseId lease = 0;
  /// Ask for what was there before.
  bool previous = false;
  /// Keep the value, or the lease, that the key has; it has to exist.
  bool ignore_value = false;
  bool ignore_lease = false;
};

struct PutResult {
  ResponseHeader header;
  std::optional<KeyValue> previous;
};

struct DeleteOptions {
  /// Ask for what was deleted.
  bool previous = false;
};

struct DeleteResult {
  ResponseHeader header;
  std::int64_t deleted = 0;
  std::vector<KeyValue> previous;
};

/// One change of one key.
struct Event {
  enum class Type : std::uint8_t { kPut, kDelete };
  Type type = Type::kPut;
  /// Of a deletion: the key and mod_revision alone.
  KeyValue key_value;
  /// What was there before, where the watch asked for it, and it was there and is not compacted.
  std::optional<KeyValue> previous;

  bool is_create() const { return type == Type::kPut && key_value.create_revision == key_value.mod_revision; }
  bool operator==(const Event&) const = default;
};

struct Lease {
  LeaseId id = 0;
  /// What the server granted, which may be more than was asked for.
  std::chrono::seconds ttl{0};
};

struct LeaseStatus {
  LeaseId id = 0;
  /// What is left; negative for a lease that does not exist.
  std::chrono::seconds ttl{0};
  std::chrono::seconds granted_ttl{0};
  /// The keys attached to it, where they were asked for.
  std::vector<std::string> keys;
};

}  // namespace skerry::etcd
