// SPDX-License-Identifier: Apache-2.0
//
// WatchHub: who watches what, and what each of them is to be sent. Pure: requests, events and the time come in; what is
// to be sent comes out of a queue for each stream (one client connection's Watch call, with any number of watchers).
//
// A watcher is synced when it has been given everything up to the current revision: then it is found by the keys that
// change (WatcherIndex), and nothing is scanned for it. A watcher that starts in the past, or whose stream's queue is
// full, is unsynced: it is brought up from the store's history by catch_up, in bounded steps shared by many watchers.
// So a slow reader costs one bounded queue, loses nothing, and holds up nobody else.
//
//   WatchHub hub(store, {});
//   auto stream = hub.open_stream([] { wake_the_sender(); });
//   hub.create(stream, request, now);
//   hub.publish(write.finish());                       // with every revision
//   while (hub.catch_up_pending()) hub.catch_up();     // a step at a time
//   while (auto output = hub.take(stream)) send(*output);
//
// Guarantees (etcd API guarantees, "Watch APIs"): each watcher gets the events of its range from its start revision on,
// in order, each once, a revision never in parts; nothing before its `created`, nothing after its `canceled`.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "proto/etcd/watch.pb.h"

#include "platform/etcd/key_value.h"
#include "platform/etcd/mvcc_store.h"
#include "platform/etcd/watch_output.h"
#include "platform/etcd/watcher_index.h"

namespace skerry::platform::etcd {

struct WatchLimits {
  /// Events queued for a stream before its watchers wait until it is read.
  std::size_t max_queued_bytes = std::size_t{4} << 20;
  /// Events of several revisions are put into one response up to this size.
  std::size_t max_response_bytes = std::size_t{1} << 20;
  /// Watchers and changes that one step of catch_up looks at.
  std::size_t max_watchers_per_step = 512;
  std::size_t max_events_per_step = 1000;
  std::size_t max_watchers_per_stream = 100'000;
  /// How often a watcher that asked for progress is told of it when it gets no events; up to a tenth is added at
  /// random.
  std::chrono::milliseconds progress_interval = std::chrono::minutes(10);
};

class WatchHub {
 public:
  using StreamId = std::uint64_t;
  using Time = std::chrono::steady_clock::time_point;

  /// The store outlives the hub.
  WatchHub(const MvccStore& store, WatchLimits limits);
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  /// `notify` is called, from inside any other call, when the stream's queue was empty and is not any more.
  StreamId open_stream(std::function<void()> notify);
  /// Drops the stream with its watchers and its queue. Precondition of this and of all calls with a stream: it is open.
  void close_stream(StreamId stream);

  /// Queues `created`; or `created` with `canceled`, id -1 and a reason for a request that cannot be.
  void create(StreamId stream, const etcdserverpb::WatchCreateRequest& request, Time now);
  /// Queues `canceled`; nothing for an id that is not there.
  void cancel(StreamId stream, WatchId id);
  /// Queues one response with id -1 that says how far the stream is, if all its watchers are synced; else nothing.
  void request_progress(StreamId stream);

  /// Distributes the events of the revision that the store has just finished. Must be called for every revision, in
  /// order, before anything else is asked of the hub.
  void publish(const std::vector<Event>& events);

  /// True while there are unsynced watchers that can be brought further.
  bool catch_up_pending() const { return !unsynced_.empty(); }
  /// One bounded step.
  void catch_up();

  /// The next thing to send on the stream; nullopt when its queue is empty.
  std::optional<WatchOutput> take(StreamId stream);

  /// Outputs that wait on the stream.
  std::size_t queued(StreamId stream) const;

  /// Queues progress for the watchers that want it and whose time has come.
  void tick(Time now);
  /// When tick has something to do next, if ever.
  std::optional<Time> next_tick() const;

  /// Counts, for metrics.
  std::size_t streams() const { return streams_.size(); }
  std::size_t watchers() const { return watchers_; }
  std::size_t unsynced_watchers() const { return watchers_ - synced_.size(); }

 private:
  struct Stream;
  struct Watcher;
  using Index = WatcherIndex<Watcher>;
  using WatcherList = std::list<Watcher*>;
  struct CatchUp;

  enum class State : unsigned char {
    kSynced,    // in synced_
    kUnsynced,  // in unsynced_
    kBlocked,   // in its stream's `blocked`: unsynced, and its stream's queue is full
  };
  struct Watcher {
    WatchId id = 0;
    Stream* stream = nullptr;
    KeyRange range;
    Revision next_revision = 0;   // the first revision that was not delivered; of a synced one: or the current one + 1
    Revision first_progress = 0;  // no progress is told before the store has reached this revision
    bool wants_puts = true;
    bool wants_deletes = true;
    bool wants_previous = false;
    bool wants_progress = false;
    bool may_fragment = false;
    bool quiet = true;  // no events since the last periodic progress
    State state = State::kUnsynced;
    Index::Slot slot;
    WatcherList::iterator place;  // in unsynced_ or blocked
  };
  struct Stream {
    StreamId id = 0;
    std::function<void()> notify;
    std::map<WatchId, std::unique_ptr<Watcher>> watchers;
    WatchId next_id = 0;
    std::deque<WatchOutput> queue;
    std::size_t queued_bytes = 0;  // of events in the queue and on their way into it
    WatcherList blocked;
    std::optional<Time> next_progress;
  };

  Stream& stream_of(StreamId id) const;
  std::optional<std::string> refusal(const Stream& stream, const etcdserverpb::WatchCreateRequest& request,
                                     const KeyRange& range) const;
  void enqueue(Stream& stream, WatchOutput output);
  void enqueue_events(Watcher& watcher, std::shared_ptr<const std::vector<Event>> events, Revision revision);
  void enqueue_progress(Stream& stream, WatchId id);
  void remove(Watcher& watcher);
  void unlink(Watcher& watcher);
  void make_synced(Watcher& watcher);
  void make_unsynced(Watcher& watcher);
  void make_blocked(Watcher& watcher, Revision next_revision);
  void deliver(Watcher& watcher, const std::shared_ptr<std::vector<Event>>& batch, Revision revision);
  bool is_current(const Watcher& watcher) const;
  void schedule_progress(Stream& stream, Time now);

  void cancel_compacted(Watcher& watcher);
  void catch_up_revision(CatchUp& work, Index& index, std::span<const Event> events);
  void add_pending(CatchUp& work, Watcher& watcher, const std::shared_ptr<std::vector<Event>>& batch,
                   Revision revision);
  void flush_pending(CatchUp& work, Watcher& watcher, Revision revision);

  const MvccStore& store_;
  const WatchLimits limits_;
  std::unordered_map<StreamId, std::unique_ptr<Stream>> streams_;
  StreamId next_stream_ = 1;
  std::size_t watchers_ = 0;
  Index synced_;
  WatcherList unsynced_;
  std::set<std::pair<Time, StreamId>> progress_times_;
};

}  // namespace skerry::platform::etcd
