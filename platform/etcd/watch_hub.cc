// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/watch_hub.h"

#include <algorithm>

#include "skerry/base/check.h"
#include "skerry/base/ids.h"

namespace skerry::platform::etcd {
namespace {

using etcdserverpb::WatchCreateRequest;

KeyRange watched_range(const WatchCreateRequest& request) {
  // For a watch alone, an empty key is the smallest one.
  const std::string_view key = request.key().empty() ? std::string_view("\0", 1) : std::string_view(request.key());
  return KeyRange::from_request(key, request.range_end());
}

std::size_t batch_bytes(const std::vector<Event>& events, bool with_previous) {
  std::size_t bytes = 0;
  for (const Event& event : events) bytes += event_bytes(event, with_previous);
  return bytes;
}

}  // namespace

WatchHub::WatchHub(const MvccStore& store, WatchLimits limits) : store_(store), limits_(limits) {}
WatchHub::~WatchHub() = default;

// ---- streams

WatchHub::StreamId WatchHub::open_stream(std::function<void()> notify) {
  auto stream = std::make_unique<Stream>();
  stream->id = next_stream_++;
  stream->notify = std::move(notify);
  const StreamId id = stream->id;
  streams_.emplace(id, std::move(stream));
  return id;
}

void WatchHub::close_stream(StreamId id) {
  Stream& stream = stream_of(id);
  if (stream.next_progress) progress_times_.erase({*stream.next_progress, id});
  for (auto& [watch_id, watcher] : stream.watchers) unlink(*watcher);
  watchers_ -= stream.watchers.size();
  streams_.erase(id);
}

WatchHub::Stream& WatchHub::stream_of(StreamId id) const {
  auto it = streams_.find(id);
  SKERRY_CHECK(it != streams_.end(), "the watch stream is not open");
  return *it->second;
}

void WatchHub::enqueue(Stream& stream, WatchOutput output) {
  const bool was_empty = stream.queue.empty();
  stream.queue.push_back(std::move(output));
  if (was_empty && stream.notify) stream.notify();
}

std::size_t WatchHub::queued(StreamId id) const { return stream_of(id).queue.size(); }

std::optional<WatchOutput> WatchHub::take(StreamId id) {
  Stream& stream = stream_of(id);
  if (stream.queue.empty()) return std::nullopt;
  WatchOutput output = std::move(stream.queue.front());
  stream.queue.pop_front();
  if (output.events) stream.queued_bytes -= batch_bytes(*output.events, output.with_previous);
  // Half empty, not almost full: so that a slow reader's watchers are brought up in pieces worth the work.
  if (!stream.blocked.empty() && stream.queued_bytes <= limits_.max_queued_bytes / 2) {
    for (Watcher* watcher : stream.blocked) watcher->state = State::kUnsynced;
    unsynced_.splice(unsynced_.end(), stream.blocked);
  }
  return output;
}

// ---- watchers

std::optional<std::string> WatchHub::refusal(const Stream& stream, const WatchCreateRequest& request,
                                             const KeyRange& range) const {
  if (range.empty()) return "mvcc: watcher range is empty";
  if (request.start_revision() < 0) return "mvcc: watch start revision is negative";
  if (request.watch_id() != 0 && stream.watchers.contains(request.watch_id()))
    return "mvcc: duplicate watch ID provided on the WatchStream";
  if (stream.watchers.size() >= limits_.max_watchers_per_stream) return "etcdserver: too many requests";
  return std::nullopt;
}

void WatchHub::create(StreamId stream_id, const WatchCreateRequest& request, Time now) {
  Stream& stream = stream_of(stream_id);
  KeyRange range = watched_range(request);
  const Revision current = store_.revision();
  if (auto reason = refusal(stream, request, range)) {
    enqueue(stream, {.header_revision = current, .created = true, .canceled = true, .cancel_reason = *reason});
    return;
  }
  auto owned = std::make_unique<Watcher>();
  Watcher& watcher = *owned;
  watcher.id = request.watch_id();
  if (watcher.id == 0) {
    while (stream.watchers.contains(stream.next_id)) ++stream.next_id;
    watcher.id = stream.next_id++;
  }
  watcher.stream = &stream;
  watcher.range = std::move(range);
  watcher.next_revision = request.start_revision() == 0 ? current + 1 : request.start_revision();
  watcher.first_progress = request.start_revision();
  watcher.wants_previous = request.prev_kv();
  watcher.wants_progress = request.progress_notify();
  watcher.may_fragment = request.fragment();
  for (const int filter : request.filters()) {
    if (filter == WatchCreateRequest::NOPUT) watcher.wants_puts = false;
    if (filter == WatchCreateRequest::NODELETE) watcher.wants_deletes = false;
  }
  stream.watchers.emplace(watcher.id, std::move(owned));
  ++watchers_;
  enqueue(stream, {.watch_id = watcher.id, .header_revision = current, .created = true});
  if (watcher.wants_progress && !stream.next_progress) schedule_progress(stream, now);
  if (watcher.next_revision > current) {
    make_synced(watcher);
  } else {
    make_unsynced(watcher);
  }
}

void WatchHub::cancel(StreamId stream_id, WatchId id) {
  Stream& stream = stream_of(stream_id);
  auto it = stream.watchers.find(id);
  if (it == stream.watchers.end()) return;
  remove(*it->second);
  enqueue(stream, {.watch_id = id, .header_revision = store_.revision(), .canceled = true});
}

void WatchHub::remove(Watcher& watcher) {
  unlink(watcher);
  --watchers_;
  watcher.stream->watchers.erase(watcher.id);
}

void WatchHub::unlink(Watcher& watcher) {
  switch (watcher.state) {
    case State::kSynced:
      return synced_.erase(watcher);
    case State::kUnsynced:
      unsynced_.erase(watcher.place);
      return;
    case State::kBlocked:
      watcher.stream->blocked.erase(watcher.place);
      return;
  }
}

void WatchHub::make_synced(Watcher& watcher) {
  watcher.state = State::kSynced;
  synced_.insert(watcher);
}

void WatchHub::make_unsynced(Watcher& watcher) {
  watcher.state = State::kUnsynced;
  watcher.place = unsynced_.insert(unsynced_.end(), &watcher);
}

void WatchHub::make_blocked(Watcher& watcher, Revision next_revision) {
  watcher.state = State::kBlocked;
  watcher.next_revision = next_revision;
  watcher.place = watcher.stream->blocked.insert(watcher.stream->blocked.end(), &watcher);
}

// ---- events

void WatchHub::publish(const std::vector<Event>& events) {
  if (events.empty() || synced_.size() == 0) return;
  const Revision revision = events.front().kv->mod_revision;
  SKERRY_CHECK(revision == store_.revision(), "events are published with their revision");
  std::vector<Index::Group*> groups;
  for (const Event& event : events) {
    synced_.visit(event.kv->key, [&](Index::Group& group) {
      if (!group.batch) {
        group.batch = std::make_shared<std::vector<Event>>();
        groups.push_back(&group);
      }
      group.batch->push_back(event);
    });
  }
  for (Index::Group* group : groups) {
    const auto batch = std::exchange(group->batch, nullptr);
    // A watcher that cannot take the batch leaves the group, so the members are walked from the end; the group itself
    // goes with its last member, so it is not looked at after that.
    for (std::size_t i = group->members.size(); i-- > 0;) deliver(*group->members[i], batch, revision);
  }
}

void WatchHub::deliver(Watcher& watcher, const std::shared_ptr<std::vector<Event>>& batch, Revision revision) {
  if (watcher.next_revision > revision) return;
  std::shared_ptr<const std::vector<Event>> events = batch;
  if (!watcher.wants_puts || !watcher.wants_deletes) {
    auto wanted = std::make_shared<std::vector<Event>>();
    std::ranges::copy_if(*batch, std::back_inserter(*wanted), [&](const Event& event) {
      return event.is_delete() ? watcher.wants_deletes : watcher.wants_puts;
    });
    if (wanted->empty()) return;
    events = std::move(wanted);
  }
  Stream& stream = *watcher.stream;
  const std::size_t bytes = batch_bytes(*events, watcher.wants_previous);
  if (stream.queued_bytes > 0 && stream.queued_bytes + bytes > limits_.max_queued_bytes) {
    unlink(watcher);
    make_blocked(watcher, revision);
    return;
  }
  stream.queued_bytes += bytes;
  enqueue_events(watcher, std::move(events), revision);
}

void WatchHub::enqueue_events(Watcher& watcher, std::shared_ptr<const std::vector<Event>> events, Revision revision) {
  watcher.quiet = false;
  enqueue(*watcher.stream, {.watch_id = watcher.id,
                            .header_revision = revision,
                            .events = std::move(events),
                            .with_previous = watcher.wants_previous,
                            .may_fragment = watcher.may_fragment});
}

// ---- progress

bool WatchHub::is_current(const Watcher& watcher) const {
  return watcher.state == State::kSynced && watcher.first_progress <= store_.revision();
}

void WatchHub::enqueue_progress(Stream& stream, WatchId id) {
  enqueue(stream, {.watch_id = id, .header_revision = store_.revision()});
}

void WatchHub::request_progress(StreamId id) {
  Stream& stream = stream_of(id);
  if (stream.watchers.empty()) return;
  const bool all_current =
      std::ranges::all_of(stream.watchers, [&](const auto& entry) { return is_current(*entry.second); });
  if (all_current) enqueue_progress(stream, kNoWatchId);
}

void WatchHub::schedule_progress(Stream& stream, Time now) {
  const auto interval = limits_.progress_interval;
  const auto jitter = std::chrono::milliseconds(
      static_cast<std::int64_t>(random_below(static_cast<std::uint64_t>(interval.count()) / 10 + 1)));
  stream.next_progress = now + interval + jitter;
  progress_times_.emplace(*stream.next_progress, stream.id);
}

void WatchHub::tick(Time now) {
  while (!progress_times_.empty() && progress_times_.begin()->first <= now) {
    Stream& stream = stream_of(progress_times_.begin()->second);
    progress_times_.erase(progress_times_.begin());
    stream.next_progress.reset();
    bool any = false;
    for (auto& [id, watcher] : stream.watchers) {
      if (!watcher->wants_progress) continue;
      any = true;
      if (watcher->quiet && is_current(*watcher)) enqueue_progress(stream, id);
      watcher->quiet = true;
    }
    if (any) schedule_progress(stream, now);
  }
}

std::optional<WatchHub::Time> WatchHub::next_tick() const {
  if (progress_times_.empty()) return std::nullopt;
  return progress_times_.begin()->first;
}

}  // namespace skerry::platform::etcd
