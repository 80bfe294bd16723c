// SPDX-License-Identifier: Apache-2.0
//
// How unsynced watchers are brought up to date. A step takes the watchers that have waited longest, reads the history
// once from the oldest revision that any of them needs, and hands each revision to those among them whose range its
// keys are in. What a watcher gets in a step is put together into few responses.
#include <algorithm>
#include <span>

#include "platform/etcd/watch_hub.h"
#include "skerry/base/check.h"

namespace skerry::platform::etcd {

struct WatchHub::CatchUp {
  struct Pending {
    std::shared_ptr<std::vector<Event>> events;
    std::size_t bytes = 0;
    bool stopped = false;  // the stream is full: next_revision is where it goes on later
  };
  std::unordered_map<Watcher*, Pending> watchers;
};

void WatchHub::cancel_compacted(Watcher& watcher) {
  Stream& stream = *watcher.stream;
  enqueue(stream, {.watch_id = watcher.id,
                   .header_revision = store_.revision(),
                   .canceled = true,
                   .compact_revision = store_.compact_revision()});
  remove(watcher);
}

void WatchHub::catch_up() {
  WatcherList chosen;
  Revision from = store_.revision() + 1;
  while (!unsynced_.empty() && chosen.size() < limits_.max_watchers_per_step) {
    Watcher& watcher = *unsynced_.front();
    if (watcher.next_revision < store_.compact_revision()) {
      cancel_compacted(watcher);
      continue;
    }
    from = std::min(from, watcher.next_revision);
    chosen.splice(chosen.end(), unsynced_, unsynced_.begin());
  }
  if (chosen.empty()) return;

  const std::vector<Event> events = store_.history(from, limits_.max_events_per_step);
  const Revision last = events.empty() ? store_.revision() : events.back().kv->mod_revision;
  CatchUp work;
  Index index;
  for (Watcher* watcher : chosen) index.insert(*watcher);
  for (auto begin = events.begin(); begin != events.end();) {
    const Revision revision = begin->kv->mod_revision;
    auto end = std::find_if(begin, events.end(), [&](const Event& e) { return e.kv->mod_revision != revision; });
    catch_up_revision(work, index, {begin, end});
    begin = end;
  }
  for (Watcher* watcher : chosen) index.erase(*watcher);

  for (auto it = chosen.begin(); it != chosen.end();) {
    Watcher& watcher = **it++;
    const auto found = work.watchers.find(&watcher);
    const bool stopped = found != work.watchers.end() && found->second.stopped;
    if (!stopped) watcher.next_revision = std::max(watcher.next_revision, last + 1);
    if (found != work.watchers.end()) flush_pending(work, watcher, watcher.next_revision - 1);
    if (stopped) {
      make_blocked(watcher, watcher.next_revision);
    } else if (watcher.next_revision > store_.revision()) {
      make_synced(watcher);
    } else {
      make_unsynced(watcher);
    }
  }
}

void WatchHub::catch_up_revision(CatchUp& work, Index& index, std::span<const Event> events) {
  const Revision revision = events.front().kv->mod_revision;
  std::vector<Index::Group*> groups;
  for (const Event& event : events) {
    index.visit(event.kv->key, [&](Index::Group& group) {
      if (!group.batch) {
        group.batch = std::make_shared<std::vector<Event>>();
        groups.push_back(&group);
      }
      group.batch->push_back(event);
    });
  }
  for (Index::Group* group : groups) {
    const auto batch = std::exchange(group->batch, nullptr);
    for (Watcher* watcher : group->members) add_pending(work, *watcher, batch, revision);
  }
}

void WatchHub::add_pending(CatchUp& work, Watcher& watcher, const std::shared_ptr<std::vector<Event>>& batch,
                           Revision revision) {
  if (revision < watcher.next_revision) return;
  auto& pending = work.watchers[&watcher];
  if (pending.stopped) return;
  std::size_t bytes = 0;
  std::vector<Event> wanted;
  for (const Event& event : *batch) {
    if (event.is_delete() ? !watcher.wants_deletes : !watcher.wants_puts) continue;
    bytes += event_bytes(event, watcher.wants_previous);
    wanted.push_back(event);
  }
  if (wanted.empty()) return;
  Stream& stream = *watcher.stream;
  if (stream.queued_bytes > 0 && stream.queued_bytes + bytes > limits_.max_queued_bytes) {
    pending.stopped = true;
    watcher.next_revision = revision;
    return;
  }
  if (pending.bytes > 0 && pending.bytes + bytes > limits_.max_response_bytes)
    flush_pending(work, watcher, revision - 1);
  if (!pending.events) pending.events = std::make_shared<std::vector<Event>>();
  std::ranges::move(wanted, std::back_inserter(*pending.events));
  pending.bytes += bytes;
  stream.queued_bytes += bytes;
}

void WatchHub::flush_pending(CatchUp& work, Watcher& watcher, Revision revision) {
  auto& pending = work.watchers[&watcher];
  if (!pending.events) return;
  enqueue_events(watcher, std::exchange(pending.events, nullptr), revision);
  pending.bytes = 0;
}

}  // namespace skerry::platform::etcd
