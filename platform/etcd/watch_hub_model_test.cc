// SPDX-License-Identifier: Apache-2.0
//
// Watchers against the list of all changes there ever were: under random writes, compactions, slow readers and limits
// that are far too small, every watcher gets exactly the changes of its range, in order, each once, revisions whole.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "platform/etcd/watch_hub.h"

namespace skerry::platform::etcd {
namespace {

struct WatchedChange {
  std::string key;
  std::string value;
  Revision revision = 0;
  bool is_delete = false;
  std::optional<std::string> previous;
};

struct WatchExpectation {
  KeyRange range;
  bool wants_puts = true;
  bool wants_deletes = true;
  bool wants_previous = false;
  Revision next = 0;  // the first revision that was not promised as delivered yet
  bool created = false;
  bool ended = false;
};

class WatchWorld {
 public:
  explicit WatchWorld(std::uint32_t seed)
      : random_(seed),
        hub_(store_, {.max_queued_bytes = 100 + random_() % 1500,
                      .max_response_bytes = 50 + random_() % 500,
                      .max_watchers_per_step = 1 + random_() % 4,
                      .max_events_per_step = 1 + random_() % 8}) {
    for (std::size_t i = 0; i < kStreams; ++i) {
      streams_.push_back(hub_.open_stream(nullptr));
      watchers_.emplace_back();
    }
  }

  void step() {
    switch (pick(20)) {
      case 0:
        return create();
      case 1:
        return cancel();
      case 2:
        return compact();
      case 3:
      case 4:
      case 5:
      case 6:
        return hub_.catch_up();
      case 7:
      case 8:
      case 9:
        take(pick(kStreams));
        return;
      case 10:
        hub_.request_progress(streams_[pick(kStreams)]);
        return;
      default:
        return write();
    }
  }

  // Reads everything there is, and checks that nothing is missing.
  void finish() {
    for (bool more = true; more;) {
      more = false;
      while (hub_.catch_up_pending()) hub_.catch_up();
      for (std::size_t stream = 0; stream < kStreams; ++stream) more |= take(stream);
    }
    EXPECT_EQ(hub_.unsynced_watchers(), 0u);
    for (auto& of_stream : watchers_) {
      for (auto& [id, watcher] : of_stream) {
        if (watcher.ended || !watcher.created) continue;
        expect_nothing_skipped(watcher, store_.revision() + 1);
      }
    }
  }

 private:
  static constexpr std::size_t kStreams = 3;
  std::size_t pick(std::size_t bound) { return random_() % bound; }
  std::string random_key() { return std::string(1, static_cast<char>('a' + pick(5))); }

  void write() {
    MvccStore::Write write(store_);
    std::map<std::string, bool> touched;
    for (std::size_t i = 0; i <= pick(3); ++i) {
      const std::string key = random_key();
      if (touched[key]) continue;
      touched[key] = true;
      if (pick(4) == 0) {
        write.delete_range(KeyRange::from_request(key, ""));
      } else {
        write.put(key, std::string(pick(60), 'v') + std::to_string(random_()), kNoLease);
      }
    }
    const auto events = write.finish();
    for (const Event& event : events) {
      changes_.push_back({event.kv->key, event.kv->value, event.kv->mod_revision, event.is_delete(),
                          event.previous ? std::optional(event.previous->value) : std::nullopt});
    }
    hub_.publish(events);
  }

  void create() {
    const std::size_t stream = pick(kStreams);
    etcdserverpb::WatchCreateRequest request;
    request.set_key(random_key());
    const std::string ends[] = {"", std::string(1, '\0'), request.key() + "z", "f"};
    request.set_range_end(ends[pick(4)]);
    request.set_watch_id(++next_id_);
    request.set_prev_kv(pick(2) == 0);
    if (pick(4) == 0) request.add_filters(etcdserverpb::WatchCreateRequest::NOPUT);
    if (pick(4) == 0) request.add_filters(etcdserverpb::WatchCreateRequest::NODELETE);
    if (pick(3) != 0)
      request.set_start_revision(1 + static_cast<Revision>(pick(static_cast<std::size_t>(store_.revision()) + 3)));
    WatchExpectation expected{.range = KeyRange::from_request(request.key(), request.range_end())};
    expected.wants_previous = request.prev_kv();
    for (int filter : request.filters())
      (filter == etcdserverpb::WatchCreateRequest::NOPUT ? expected.wants_puts : expected.wants_deletes) = false;
    expected.next = request.start_revision() == 0 ? store_.revision() + 1 : request.start_revision();
    watchers_[stream][next_id_] = expected;
    hub_.create(streams_[stream], request, {});
  }

  void cancel() {
    const std::size_t stream = pick(kStreams);
    if (watchers_[stream].empty()) return;
    auto it = watchers_[stream].begin();
    std::advance(it, pick(watchers_[stream].size()));
    hub_.cancel(streams_[stream], it->first);
  }

  void compact() {
    if (store_.revision() <= store_.compact_revision() || pick(3) != 0) return;
    const auto room = static_cast<std::size_t>(store_.revision() - store_.compact_revision());
    ASSERT_TRUE(store_.compact(store_.compact_revision() + 1 + static_cast<Revision>(pick(room))));
    store_.compact_step(pick(20));
  }

  bool take(std::size_t stream) {
    auto output = hub_.take(streams_[stream]);
    if (!output) return false;
    if (output->watch_id == kNoWatchId) {
      check_progress(stream, output->header_revision);
    } else {
      check(watchers_[stream].at(output->watch_id), *output);
    }
    return true;
  }

  void check_progress(std::size_t stream, Revision revision) {
    for (auto& [id, watcher] : watchers_[stream])
      if (watcher.created && !watcher.ended) expect_nothing_skipped(watcher, revision + 1);
  }

  void check(WatchExpectation& watcher, const WatchOutput& output) {
    EXPECT_FALSE(watcher.ended) << "something after canceled";
    if (output.created) {
      EXPECT_FALSE(watcher.created);
      watcher.created = true;
      return;
    }
    EXPECT_TRUE(watcher.created) << "something before created";
    if (output.canceled) {
      watcher.ended = true;
      if (output.compact_revision > 0) {
        EXPECT_LT(watcher.next, output.compact_revision);
      }
      return;
    }
    ASSERT_TRUE(output.events);
    ASSERT_FALSE(output.events->empty());
    auto change = next_change(watcher);
    for (const Event& event : *output.events) {
      ASSERT_NE(change, changes_.end()) << "an event that never happened";
      check_event(watcher, output, event, *change);
      watcher.next = std::max(watcher.next, change->revision);
      change = next_match(watcher, std::next(change));
    }
    EXPECT_GE(output.header_revision, output.events->back().kv->mod_revision);
    if (change != changes_.end()) {
      EXPECT_GT(change->revision, output.header_revision) << "a revision in parts, or one left out";
    }
    watcher.next = output.header_revision + 1;
  }

  void check_event(const WatchExpectation& watcher, const WatchOutput& output, const Event& event,
                   const WatchedChange& change) {
    EXPECT_EQ(event.kv->key, change.key);
    EXPECT_EQ(event.kv->mod_revision, change.revision);
    EXPECT_EQ(event.is_delete(), change.is_delete);
    EXPECT_EQ(event.kv->value, change.value);
    EXPECT_EQ(output.with_previous, watcher.wants_previous);
    if (event.previous) {
      EXPECT_EQ(event.previous->value, change.previous);
    } else if (change.previous) {
      EXPECT_LE(change.revision, store_.compact_revision()) << "only compaction may take the version before away";
    }
  }

  using Changes = std::vector<WatchedChange>;
  Changes::iterator next_match(const WatchExpectation& watcher, Changes::iterator from) {
    return std::find_if(from, changes_.end(), [&](const WatchedChange& change) {
      return change.revision >= watcher.next && watcher.range.contains(change.key) &&
             (change.is_delete ? watcher.wants_deletes : watcher.wants_puts);
    });
  }
  Changes::iterator next_change(const WatchExpectation& watcher) { return next_match(watcher, changes_.begin()); }

  void expect_nothing_skipped(const WatchExpectation& watcher, Revision before) {
    auto change = next_change(watcher);
    if (change != changes_.end()) {
      EXPECT_GE(change->revision, before) << "not delivered: " << change->key;
    }
  }

  std::mt19937 random_;
  MvccStore store_;
  WatchHub hub_;
  std::vector<WatchHub::StreamId> streams_;
  std::vector<std::map<WatchId, WatchExpectation>> watchers_;
  Changes changes_;
  WatchId next_id_ = 0;
};

TEST(WatchHubModel, every_watcher_gets_exactly_its_changes_in_order) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    WatchWorld world(seed);
    for (int i = 0; i < 300; ++i) world.step();
    world.finish();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace skerry::platform::etcd
