// SPDX-License-Identifier: Apache-2.0
//
// KeyValue: one version of one key, immutable once it is in the store and shared by everything that refers to it (the
// index, the history, answers and queued watch events), so that nothing is copied until an answer is encoded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace skerry::platform::etcd {

/// Main revisions, versions and lease ids are int64 on the wire and here.
using Revision = std::int64_t;
using LeaseId = std::int64_t;

/// The lease id that means "no lease".
inline constexpr LeaseId kNoLease = 0;

struct KeyValue {
  std::string key;
  std::string value;
  Revision create_revision = 0;
  Revision mod_revision = 0;
  std::int64_t version = 0;  // 1 when created; 0 marks a tombstone, whose only other fields are key and mod_revision
  LeaseId lease = kNoLease;
  std::int32_t sub_revision = 0;  // order among the changes of one revision

  bool is_tombstone() const { return version == 0; }
  /// What the version costs in memory, roughly: the strings and the record itself.
  std::size_t size_bytes() const { return sizeof(KeyValue) + key.size() + value.size(); }
};

using KeyValuePointer = std::shared_ptr<const KeyValue>;

/// One change: a put, or a deletion when `kv` is a tombstone.
struct Event {
  KeyValuePointer kv;
  KeyValuePointer previous;  // the version before; null for a creation, and when compaction has dropped it

  bool is_delete() const { return kv->is_tombstone(); }
  bool is_create() const { return kv->version == 1; }
};

}  // namespace skerry::platform::etcd
