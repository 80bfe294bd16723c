// SPDX-License-Identifier: Apache-2.0
//
// CompactionPolicy: how much history the server keeps on its own. Clients may compact more; without them, history and
// the memory it takes stay within these bounds. Pure.
//
//   if (auto revision = compaction_due(machine.store(), policy)) propose_compaction(*revision);
#pragma once

#include <cstddef>
#include <optional>

#include "platform/etcd/mvcc_store.h"

namespace skerry::platform::etcd {

struct CompactionPolicy {
  /// Revisions of history at which the older half is compacted. 0: history is not bounded by revisions.
  Revision max_revisions = 100'000;
  /// Bytes of versions that are not live, at which the older half of the revisions is compacted. 0: not bounded.
  std::size_t max_history_bytes = std::size_t{256} << 20;
};

/// The revision to compact at now, if any. What is left afterwards is at least half of what the policy allows, so that
/// compactions are rare.
inline std::optional<Revision> compaction_due(const MvccStore& store, const CompactionPolicy& policy) {
  // One at a time: the bytes of the last one may not be given back yet.
  if (store.compaction_pending()) return std::nullopt;
  const Revision kept = store.revision() - store.compact_revision();
  const std::size_t history_bytes = store.size_bytes() - store.live_size_bytes();
  const bool too_many = policy.max_revisions > 0 && kept >= policy.max_revisions;
  const bool too_large = policy.max_history_bytes > 0 && history_bytes >= policy.max_history_bytes;
  if (kept < 2 || !(too_many || too_large)) return std::nullopt;
  return store.revision() - kept / 2;
}

}  // namespace skerry::platform::etcd
