// SPDX-License-Identifier: Apache-2.0
//
// MvccStore: every version of every key since the last compaction, in memory, ordered by key and, as history, by
// revision. It is a pure data structure: no I/O, no clock, no locking. A revision is one atomic set of changes; a fresh
// store is at revision 1 and the first write makes revision 2. Memory is in proportion to the live data plus the
// history since the last compaction.
//
//   MvccStore store;
//   MvccStore::Write write(store);
//   write.put("a", "1", kNoLease);
//   write.put("b", "2", kNoLease);
//   std::vector<Event> events = write.finish();       // both at revision 2, in this order
//   Result<MvccStore::RangeResult> then = store.range(KeyRange::all(), {.revision = 2});
//
// Revision rules: etcd API reference, and section "Revisions" of the etcd data model.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "platform/etcd/key_range.h"
#include "platform/etcd/key_value.h"
#include "skerry/base/result.h"

namespace skerry::platform::etcd {

/// Invariants:
///  1. The versions of a key are ordered by mod_revision, strictly: a key changes at most once in a revision.
///  2. history_ is ordered by (mod_revision, sub_revision) and holds every change with a revision above
///     compact_revision_, and those at compact_revision_ itself; older ones only until compact_step has reached them.
///  3. Every revision from max(compact_revision_, 1) to revision_ can be read.
class MvccStore {
 public:
  struct RangeOptions {
    Revision revision = 0;  // 0 and below: the newest state
    std::size_t limit = 0;  // most entries to return; 0: all
    bool count_only = false;
  };
  struct RangeResult {
    std::vector<KeyValuePointer> kvs;  // in key order
    std::int64_t count = 0;            // all matches, whatever the limit
  };

  /// The changes of one revision. They are in the store (and in what `range` finds) at once, the revision counts up in
  /// finish(). A Write that changed nothing leaves the revision as it is. One Write at a time, finished before it goes.
  class Write {
   public:
    explicit Write(MvccStore& store);
    ~Write();
    Write(const Write&) = delete;
    Write& operator=(const Write&) = delete;

    /// Stores a new version, and returns the live version before it or null. Precondition: this Write has not changed
    /// the key.
    KeyValuePointer put(std::string_view key, std::string_view value, LeaseId lease);
    /// Deletes what lives in the range, in key order, and returns the versions deleted.
    std::vector<KeyValuePointer> delete_range(const KeyRange& range);
    /// The revision that readers inside this Write are at: one more than before as soon as something changed.
    Revision revision() const;
    bool changed() const { return !events_.empty(); }
    /// Ends the Write and returns its changes in the order they were made.
    std::vector<Event> finish();

   private:
    std::int32_t next_sub_revision() const { return static_cast<std::int32_t>(events_.size()); }

    MvccStore& store_;
    std::vector<Event> events_;
    bool finished_ = false;
  };

  MvccStore() = default;
  MvccStore(const MvccStore&) = delete;
  MvccStore& operator=(const MvccStore&) = delete;

  /// The newest revision; 1 in a fresh store.
  Revision revision() const { return revision_; }
  /// The oldest revision that can be read once anything was compacted; 0 before.
  Revision compact_revision() const { return compact_revision_; }

  /// The live keys of the range at a revision. Fails with OutOfRange for a revision above revision() or below
  /// compact_revision(). Time: in proportion to the keys in the range.
  Result<RangeResult> range(const KeyRange& range, const RangeOptions& options) const;
  /// The live version of the key now, or null.
  KeyValuePointer get(std::string_view key) const;

  /// Whether a read at `revision` (as RangeOptions::revision) would be refused, and with what.
  Result<> check_revision(Revision revision) const;

  /// The changes with a revision of at least `from`, at most `max_events` of them but never part of a revision: a first
  /// revision with more changes comes whole. Precondition: from >= compact_revision(). `previous` of changes at the
  /// compact revision is null.
  std::vector<Event> history(Revision from, std::size_t max_events) const;

  /// Makes every revision below `revision` unreadable. Fails with OutOfRange when it is not above the last compaction
  /// or is above the current revision. Memory is given back by compact_step.
  Result<> compact(Revision revision);
  /// Drops at most `max_changes` compacted changes from memory. Returns true while there is more to drop.
  bool compact_step(std::size_t max_changes);
  bool compaction_pending() const { return pruned_through_ < compact_revision_; }

  /// Changes held as history, compacted ones that are still in memory included.
  std::size_t history_size() const { return history_.size(); }
  /// What all versions cost in memory, roughly.
  std::size_t size_bytes() const { return size_bytes_; }
  /// What the live versions cost.
  std::size_t live_size_bytes() const { return live_size_bytes_; }
  std::size_t live_keys() const { return live_keys_; }

  /// CRC-32C over every version with a revision of at most `revision` that a compaction at compact_revision() keeps, in
  /// key order: equal in stores with the same history and the same compact revision, whatever compact_step has done.
  /// Fails as `range` does.
  Result<std::uint32_t> hash(Revision revision) const;

  /// The same in steps: goes on with `hash` over at most `max_keys` keys from `from_key` on. Starting with "" and 0,
  /// the last step's hash is that of the whole. The conditions and the return value are those of visit_versions.
  std::optional<std::string> hash_step(std::string_view from_key, Revision at, Revision compacted, std::size_t max_keys,
                                       std::uint32_t& hash) const;

  /// Calls `visit` with the versions of each key at or after `from_key` that have a revision of at most `at` and that a
  /// compaction at `compacted` keeps, oldest first, for at most `max_keys` keys. Returns the key to go on from, or
  /// nullopt at the end. This is how a snapshot is taken in steps: while compact_step is not called in between, all
  /// steps with the same `at` and `compacted` show the same state, whatever is written meanwhile.
  using VisitVersions = std::function<void(const std::string& key, const std::vector<KeyValuePointer>& versions)>;
  std::optional<std::string> visit_versions(std::string_view from_key, Revision at, Revision compacted,
                                            std::size_t max_keys, const VisitVersions& visit) const;

  /// Fills an empty store from what visit_versions showed: add_restored for each key in key order, then finish_restore.
  /// Both fail with DataLoss for contents that no store can have had (invariants 1 and 2 broken); the store is then
  /// of no use.
  Result<> add_restored(std::vector<KeyValue> versions);
  Result<> finish_restore(Revision revision, Revision compact_revision);

 private:
  using Versions = std::vector<KeyValuePointer>;
  using Index = std::map<std::string, Versions, std::less<>>;

  void append_version(Versions& versions, KeyValuePointer kv);
  void drop_obsolete(const std::string& key);
  void account_dropped(const KeyValue& kv);
  Index::const_iterator begin_of(const KeyRange& range) const;
  static bool is_past(const KeyRange& range, std::string_view key);
  static const KeyValuePointer* find_at(const Versions& versions, Revision revision);
  static std::size_t first_kept(const Versions& versions, Revision compacted);

  Revision revision_ = 1;
  Revision compact_revision_ = 0;
  Revision pruned_through_ = 0;  // the compaction that compact_step has completed last
  Index index_;
  std::deque<Event> history_;
  std::size_t size_bytes_ = 0;
  std::size_t live_size_bytes_ = 0;
  std::size_t live_keys_ = 0;
  bool writing_ = false;
};

}  // namespace skerry::platform::etcd
