// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/mvcc_store.h"

#include <algorithm>
#include <limits>
#include <memory>

#include "platform/etcd/errors.h"
#include "skerry/base/byte_order.h"
#include "skerry/base/check.h"
#include "skerry/base/encoding.h"

namespace skerry::platform::etcd {
namespace {

// The live version before `versions` gets its next one, or null.
KeyValuePointer live_version(const std::vector<KeyValuePointer>& versions) {
  if (versions.empty() || versions.back()->is_tombstone()) return nullptr;
  return versions.back();
}

}  // namespace

Result<> MvccStore::check_revision(Revision revision) const {
  if (revision <= 0) return {};
  if (revision > revision_) return fail(errors::future_revision());
  if (revision < compact_revision_) return fail(errors::compacted());
  return {};
}

MvccStore::Index::const_iterator MvccStore::begin_of(const KeyRange& range) const {
  return index_.lower_bound(range.begin);
}

bool MvccStore::is_past(const KeyRange& range, std::string_view key) {
  switch (range.kind) {
    case KeyRange::Kind::kSingle:
      return key > range.begin;
    case KeyRange::Kind::kBounded:
      return key >= range.end;
    case KeyRange::Kind::kUnbounded:
      return false;
  }
  return true;
}

const KeyValuePointer* MvccStore::find_at(const Versions& versions, Revision revision) {
  // Most reads want the newest version.
  if (versions.back()->mod_revision <= revision) return versions.back()->is_tombstone() ? nullptr : &versions.back();
  auto after = std::upper_bound(versions.begin(), versions.end(), revision,
                                [](Revision at, const KeyValuePointer& kv) { return at < kv->mod_revision; });
  if (after == versions.begin()) return nullptr;
  const KeyValuePointer& found = *std::prev(after);
  return found->is_tombstone() ? nullptr : &found;
}

Result<MvccStore::RangeResult> MvccStore::range(const KeyRange& range, const RangeOptions& options) const {
  if (auto readable = check_revision(options.revision); !readable) return fail(std::move(readable));
  // The newest state includes what a running Write has done, which is above revision_.
  const Revision at = options.revision > 0 ? options.revision : std::numeric_limits<Revision>::max();
  RangeResult result;
  for (auto it = begin_of(range); it != index_.end() && !is_past(range, it->first); ++it) {
    const KeyValuePointer* kv = find_at(it->second, at);
    if (kv == nullptr) continue;
    ++result.count;
    if (options.count_only || (options.limit > 0 && result.kvs.size() >= options.limit)) continue;
    result.kvs.push_back(*kv);
  }
  return result;
}

KeyValuePointer MvccStore::get(std::string_view key) const {
  auto it = index_.find(key);
  return it == index_.end() ? nullptr : live_version(it->second);
}

void MvccStore::append_version(Versions& versions, KeyValuePointer kv) {
  if (KeyValuePointer previous = live_version(versions)) {
    live_size_bytes_ -= previous->size_bytes();
    --live_keys_;
  }
  size_bytes_ += kv->size_bytes();
  if (!kv->is_tombstone()) {
    live_size_bytes_ += kv->size_bytes();
    ++live_keys_;
  }
  versions.push_back(std::move(kv));
}

std::vector<Event> MvccStore::history(Revision from, std::size_t max_events) const {
  SKERRY_CHECK(from >= compact_revision_, "compacted history was asked for");
  auto first = std::lower_bound(history_.begin(), history_.end(), from,
                                [](const Event& event, Revision at) { return event.kv->mod_revision < at; });
  auto last = first;
  while (last != history_.end()) {
    const Revision revision = last->kv->mod_revision;
    auto next = std::find_if(last, history_.end(), [&](const Event& e) { return e.kv->mod_revision != revision; });
    const auto events_so_far = static_cast<std::size_t>(next - first);
    if (last != first && events_so_far > max_events) break;
    last = next;
  }
  std::vector<Event> events(first, last);
  for (Event& event : events) {
    if (event.kv->mod_revision > compact_revision_) break;
    event.previous = nullptr;
  }
  return events;
}

// ---- compaction

Result<> MvccStore::compact(Revision revision) {
  if (revision <= compact_revision_) return fail(errors::compacted());
  if (revision > revision_) return fail(errors::future_revision());
  compact_revision_ = revision;
  return {};
}

std::size_t MvccStore::first_kept(const Versions& versions, Revision compacted) {
  auto after = std::upper_bound(versions.begin(), versions.end(), compacted,
                                [](Revision at, const KeyValuePointer& kv) { return at < kv->mod_revision; });
  if (after == versions.begin()) return 0;
  const auto newest = static_cast<std::size_t>(after - versions.begin()) - 1;
  // A tombstone below the compact revision has nothing left to say. One at it is an event that a watcher starting there
  // still has to get.
  const bool gone = versions[newest]->is_tombstone() && versions[newest]->mod_revision < compacted;
  return gone ? newest + 1 : newest;
}

void MvccStore::account_dropped(const KeyValue& kv) { size_bytes_ -= kv.size_bytes(); }

void MvccStore::drop_obsolete(const std::string& key) {
  auto it = index_.find(key);
  if (it == index_.end()) return;
  Versions& versions = it->second;
  const std::size_t kept = first_kept(versions, compact_revision_);
  for (std::size_t i = 0; i < kept; ++i) account_dropped(*versions[i]);
  if (kept == versions.size()) {
    index_.erase(it);
    return;
  }
  versions.erase(versions.begin(), versions.begin() + static_cast<std::ptrdiff_t>(kept));
  if (versions.capacity() > 4 * versions.size()) versions.shrink_to_fit();
}

bool MvccStore::compact_step(std::size_t max_changes) {
  if (!compaction_pending()) return false;
  for (std::size_t done = 0; !history_.empty() && history_.front().kv->mod_revision < compact_revision_; ++done) {
    if (done == max_changes) return true;
    drop_obsolete(history_.front().kv->key);
    history_.pop_front();
  }
  for (Event& event : history_) {
    if (event.kv->mod_revision > compact_revision_) break;
    drop_obsolete(event.kv->key);
    event.previous = nullptr;
  }
  pruned_through_ = compact_revision_;
  return false;
}

// ---- hash, snapshot and restore

std::optional<std::string> MvccStore::visit_versions(std::string_view from_key, Revision at, Revision compacted,
                                                     std::size_t max_keys, const VisitVersions& visit) const {
  auto it = index_.lower_bound(from_key);
  Versions seen;
  for (std::size_t keys = 0; it != index_.end(); ++it, ++keys) {
    if (keys == max_keys) return it->first;
    const Versions& versions = it->second;
    seen.clear();
    for (std::size_t i = first_kept(versions, compacted); i < versions.size() && versions[i]->mod_revision <= at; ++i)
      seen.push_back(versions[i]);
    if (!seen.empty()) visit(it->first, seen);
  }
  return std::nullopt;
}

std::optional<std::string> MvccStore::hash_step(std::string_view from_key, Revision at, Revision compacted,
                                                std::size_t max_keys, std::uint32_t& hash) const {
  std::string fields;
  return visit_versions(from_key, at, compacted, max_keys, [&](const std::string& key, const Versions& versions) {
    for (const KeyValuePointer& kv : versions) {
      fields.clear();
      append_integer(fields, std::uint64_t{key.size()});
      fields += key;
      for (auto field : {kv->create_revision, kv->mod_revision, kv->version, kv->lease})
        append_integer(fields, static_cast<std::uint64_t>(field));
      append_integer(fields, std::uint64_t{kv->value.size()});
      fields += kv->value;
      hash = crc32c(fields, hash);
    }
  });
}

Result<std::uint32_t> MvccStore::hash(Revision revision) const {
  if (auto readable = check_revision(revision); !readable) return fail(std::move(readable));
  const Revision at = revision > 0 ? revision : revision_;
  std::uint32_t hash = 0;
  hash_step("", at, compact_revision_, std::numeric_limits<std::size_t>::max(), hash);
  return hash;
}

Result<> MvccStore::add_restored(std::vector<KeyValue> versions) {
  if (versions.empty()) return fail(Error::data_loss("a restored key has no versions"));
  const std::string key = versions.front().key;
  if (!index_.empty() && index_.rbegin()->first >= key) return fail(Error::data_loss("restored keys are out of order"));
  Versions restored;
  restored.reserve(versions.size());
  Revision last = 0;
  for (KeyValue& kv : versions) {
    if (kv.key != key || kv.mod_revision <= last) return fail(Error::data_loss("restored versions are out of order"));
    last = kv.mod_revision;
    append_version(restored, std::make_shared<const KeyValue>(std::move(kv)));
  }
  index_.emplace(key, std::move(restored));
  return {};
}

Result<> MvccStore::finish_restore(Revision revision, Revision compact_revision) {
  if (revision < 1 || compact_revision < 0 || compact_revision > revision)
    return fail(Error::data_loss("restored revisions are out of range"));
  std::vector<Event> events;
  for (const auto& [key, versions] : index_) {
    if (versions.back()->mod_revision > revision)
      return fail(Error::data_loss("a restored version is newer than its store"));
    for (std::size_t i = 0; i < versions.size(); ++i) {
      if (versions[i]->mod_revision < compact_revision) continue;
      const bool has_previous =
          i > 0 && !versions[i - 1]->is_tombstone() && versions[i]->mod_revision > compact_revision;
      events.push_back({versions[i], has_previous ? versions[i - 1] : nullptr});
    }
  }
  auto order = [](const Event& event) { return std::pair(event.kv->mod_revision, event.kv->sub_revision); };
  std::ranges::sort(events, {}, order);
  if (std::ranges::adjacent_find(events, {}, order) != events.end())
    return fail(Error::data_loss("two restored changes claim the same revision"));
  history_.assign(events.begin(), events.end());
  revision_ = revision;
  compact_revision_ = compact_revision;
  pruned_through_ = compact_revision;
  return {};
}

// ---- Write

MvccStore::Write::Write(MvccStore& store) : store_(store) {
  SKERRY_CHECK(!store.writing_, "two writes at a time");
  store.writing_ = true;
}

MvccStore::Write::~Write() { SKERRY_CHECK(finished_, "a write was dropped without finish()"); }

Revision MvccStore::Write::revision() const { return store_.revision_ + (changed() ? 1 : 0); }

KeyValuePointer MvccStore::Write::put(std::string_view key, std::string_view value, LeaseId lease) {
  const Revision revision = store_.revision_ + 1;
  auto it = store_.index_.lower_bound(key);
  if (it == store_.index_.end() || it->first != key) it = store_.index_.emplace_hint(it, key, Versions());
  Versions& versions = it->second;
  SKERRY_CHECK(versions.empty() || versions.back()->mod_revision < revision, "a key changed twice in a revision");
  KeyValuePointer previous = live_version(versions);
  auto kv = std::make_shared<const KeyValue>(KeyValue{
      .key = it->first,
      .value = std::string(value),
      .create_revision = previous ? previous->create_revision : revision,
      .mod_revision = revision,
      .version = previous ? previous->version + 1 : 1,
      .lease = lease,
      .sub_revision = next_sub_revision(),
  });
  store_.append_version(versions, kv);
  events_.push_back({std::move(kv), previous});
  return previous;
}

std::vector<KeyValuePointer> MvccStore::Write::delete_range(const KeyRange& range) {
  std::vector<KeyValuePointer> deleted;
  const Revision revision = store_.revision_ + 1;
  for (auto it = store_.index_.lower_bound(range.begin); it != store_.index_.end() && !is_past(range, it->first);
       ++it) {
    KeyValuePointer previous = live_version(it->second);
    if (!previous) continue;
    SKERRY_CHECK(previous->mod_revision < revision, "a key changed twice in a revision");
    auto tombstone = std::make_shared<const KeyValue>(
        KeyValue{.key = it->first, .mod_revision = revision, .sub_revision = next_sub_revision()});
    store_.append_version(it->second, tombstone);
    events_.push_back({std::move(tombstone), previous});
    deleted.push_back(std::move(previous));
  }
  return deleted;
}

std::vector<Event> MvccStore::Write::finish() {
  SKERRY_CHECK(!finished_, "finish() called twice");
  finished_ = true;
  store_.writing_ = false;
  if (changed()) {
    ++store_.revision_;
    store_.history_.insert(store_.history_.end(), events_.begin(), events_.end());
  }
  return std::move(events_);
}

}  // namespace skerry::platform::etcd
