// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/async/timeout.h"
#include "skerry/etcd/client.h"
#include "skerry/etcd/errors.h"
#include "skerry/etcd/fake_server.h"
#include "skerry/etcd/mirror.h"

namespace skerry {
namespace {

using etcd::Client;
using etcd::FakeMember;
using etcd::FakeStore;
using etcd::KeyRange;
using etcd::MirrorUpdate;
using etcd::WatchBatch;
using namespace std::chrono_literals;

struct WatchFixture {
  FakeStore store;
  std::shared_ptr<FakeMember> first = std::make_shared<FakeMember>(store);
  std::shared_ptr<FakeMember> second = std::make_shared<FakeMember>(store);
  std::shared_ptr<Client> client = std::make_shared<Client>(
      std::vector<Client::Endpoint>{etcd::fake_endpoint("first", first), etcd::fake_endpoint("second", second)},
      etcd::ClientOptions{.call_timeout = 500ms, .attempt_timeout = 50ms, .backoff = {.first = 1ms, .max = 5ms}});

  template <class F>
  void run(F body) {
    Runtime runtime({.workers = 1});
    const Result<> ended = runtime.run([&]() -> Task<> { co_await with_timeout(20s, body()); });
    EXPECT_TRUE(ended.has_value()) << ended.error().to_string();
  }
};

template <class F>
Task<> wait_until(F condition) {
  while (!condition()) co_await sleep(1ms);
}

// Runs the script beside a watch and ends the watch when the script has ended.
template <class Watch, class Script>
Task<> beside(Watch watch, Script script) {
  bool done = false;
  Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                     scope.go([&]() -> Task<> { co_await watch(); });
                     co_await script();
                     done = true;
                     scope.cancel();
                   }).result();
  if (!done) co_await std::move(ended);
}

TEST(EtcdWatch, gives_the_events_from_a_revision_on_in_order) {
  WatchFixture fixture;
  for (int i = 0; i < 5; ++i) fixture.store.put(fmt::format("/a/{}", i), "v");
  std::string seen;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return fixture.client->watch({.keys = KeyRange::prefix("/a/"), .start_revision = 4},
                                       [&](WatchBatch batch) -> Task<> {
                                         for (const etcd::Event& event : batch.events) {
                                           seen += event.key_value.key.back();
                                         }
                                         co_return;
                                       });
        },
        [&]() -> Task<> {
          co_await wait_until([&] { return seen == "234"; });
          fixture.store.put("/b", "not meant");
          fixture.store.put("/a/x", "v");
          co_await wait_until([&] { return seen == "234x"; });
        });
  });
}

// The connection is cut after every few responses, again and again, while keys are written: each event comes once.
TEST(EtcdWatch, goes_on_after_broken_connections_without_loss_and_without_repetition) {
  WatchFixture fixture;
  std::vector<etcd::Revision> seen;
  int breaks = 0;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return fixture.client->watch({.keys = KeyRange::all(),
                                        .start_revision = 2,
                                        .on_connection = [&](const Result<>& state) { breaks += state ? 0 : 1; }},
                                       [&](WatchBatch batch) -> Task<> {
                                         for (const etcd::Event& event : batch.events) {
                                           seen.push_back(event.key_value.mod_revision);
                                         }
                                         co_await yield();
                                       });
        },
        [&]() -> Task<> {
          for (int i = 0; i < 300; ++i) {
            fixture.store.put("k", fmt::format("{}", i));
            if (i % 7 == 0) (i % 2 == 0 ? fixture.first : fixture.second)->cut_after = i % 3;
            if (i % 50 == 20) {
              fixture.first->set_down(true);
              co_await sleep(3ms);
              fixture.first->set_down(false);
            }
            if (i % 5 == 0) co_await sleep(1ms);
          }
          co_await wait_until([&] { return seen.size() >= 300; });
        });
  });
  ASSERT_EQ(seen.size(), 300U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<etcd::Revision>(i) + 2);
  EXPECT_GT(breaks, 5);
}

TEST(EtcdWatch, a_batch_that_waits_for_a_slow_handler_outlives_its_connection) {
  WatchFixture fixture;
  std::vector<etcd::Revision> seen;
  Event release;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return fixture.client->watch({.keys = KeyRange::all(), .start_revision = 2}, [&](WatchBatch batch) -> Task<> {
            co_await release.wait();
            for (const etcd::Event& event : batch.events) {
              seen.push_back(event.key_value.mod_revision);
            }
          });
        },
        [&]() -> Task<> {
          const int count = static_cast<int>(etcd::kMaxQueuedBatches) * 2;
          for (int i = 0; i < count; ++i) {
            fixture.store.put("k", "v");
            co_await sleep(1ms);
          }
          fixture.first->set_down(true);
          co_await sleep(10ms);
          release.set();
          co_await wait_until([&] { return seen.size() == static_cast<std::size_t>(count); });
          EXPECT_EQ(seen.back(), count + 1);
          EXPECT_GT(fixture.second->watches, 0);
        });
  });
}

TEST(EtcdWatch, ends_with_the_handlers_error) {
  WatchFixture fixture;
  fixture.store.put("k", "v");
  fixture.run([&]() -> Task<> {
    const Result<> ended = co_await fixture.client
                               ->watch({.keys = KeyRange::all(), .start_revision = 1},
                                       [](WatchBatch) -> Task<> { co_await Error::aborted("enough"); })
                               .result();
    EXPECT_EQ(ended.error().message(), "enough");
  });
}

TEST(EtcdWatch, ends_when_the_history_is_compacted) {
  WatchFixture fixture;
  for (int i = 0; i < 5; ++i) fixture.store.put("k", "v");
  fixture.store.compacted = 4;
  fixture.run([&]() -> Task<> {
    const Result<> ended =
        co_await fixture.client
            ->watch({.keys = KeyRange::all(), .start_revision = 2}, [](WatchBatch) -> Task<> { co_return; })
            .result();
    EXPECT_TRUE(etcd::is_compacted(ended.error())) << ended.error().to_string();
    EXPECT_EQ(ended.error().detail("compact_revision"), "4");
  });
}

TEST(EtcdWatch, what_came_before_the_end_is_handled_before_it) {
  WatchFixture fixture;
  fixture.store.put("k", "v");
  int handled = 0;
  fixture.run([&]() -> Task<> {
    Result<> ended;
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        co_await sleep(10ms);
        // Behind the watch's back, so that it is not there when it connects again.
        fixture.store.history.clear();
        fixture.store.compacted = fixture.store.revision = 50;
        fixture.first->set_down(true);
      });
      ended = co_await fixture.client
                  ->watch({.keys = KeyRange::all(), .start_revision = 2},
                          [&](WatchBatch) -> Task<> {
                            co_await sleep(30ms);
                            ++handled;
                          })
                  .result();
    });
    EXPECT_TRUE(etcd::is_history_lost(ended.error()));
    EXPECT_EQ(handled, 1);
  });
}

TEST(EtcdWatch, a_member_that_lags_behind_is_waited_for) {
  WatchFixture fixture;
  for (int i = 0; i < 5; ++i) fixture.store.put("k", "v");
  fixture.first->behind_at = 3;
  // The read that tells the store's own revision is answered by the other member.
  std::vector<etcd::Revision> seen;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return fixture.client->watch({.keys = KeyRange::all(), .start_revision = 7}, [&](WatchBatch batch) -> Task<> {
            seen.push_back(batch.revision);
            co_return;
          });
        },
        [&]() -> Task<> {
          co_await wait_until([&] { return fixture.first->watches == 1; });
          fixture.first->behind_at.reset();
          fixture.store.put("k", "w");
          co_await wait_until([&] { return !seen.empty(); });
          EXPECT_EQ(seen.front(), 7);
        });
  });
}

struct MirrorLog {
  std::map<std::string, std::string> state;
  std::vector<std::string> kinds;
  Task<> apply(MirrorUpdate update) {
    if (update.kind == MirrorUpdate::Kind::kAll) {
      kinds.push_back(update.after_loss ? "all after loss" : "all");
      state.clear();
      for (const etcd::KeyValue& found : update.key_values) state[found.key] = found.value;
    } else {
      kinds.push_back("changes");
      for (const etcd::Event& event : update.events) {
        if (event.type == etcd::Event::Type::kDelete) {
          state.erase(event.key_value.key);
        } else {
          state[event.key_value.key] = event.key_value.value;
        }
      }
    }
    co_return;
  }
};

TEST(EtcdMirror, lists_once_and_follows) {
  WatchFixture fixture;
  fixture.store.put("/a/1", "x");
  MirrorLog log;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return etcd::mirror(fixture.client, {.keys = KeyRange::prefix("/a/")},
                              [&](MirrorUpdate update) { return log.apply(std::move(update)); });
        },
        [&]() -> Task<> {
          co_await wait_until([&] { return log.state.size() == 1; });
          fixture.store.put("/a/2", "y");
          fixture.store.remove(KeyRange::single("/a/1"));
          co_await wait_until([&] { return log.state == std::map<std::string, std::string>{{"/a/2", "y"}}; });
          EXPECT_EQ(std::count(log.kinds.begin(), log.kinds.end(), "all"), 1);
        });
  });
}

TEST(EtcdMirror, starts_before_the_registry_does) {
  WatchFixture fixture;
  fixture.first->down = true;
  fixture.second->down = true;
  fixture.store.put("/a/1", "x");
  MirrorLog log;
  int failures = 0;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return etcd::mirror(fixture.client,
                              {.keys = KeyRange::prefix("/a/"),
                               .on_connection = [&](const Result<>& state) { failures += state ? 0 : 1; }},
                              [&](MirrorUpdate update) { return log.apply(std::move(update)); });
        },
        [&]() -> Task<> {
          co_await wait_until([&] { return failures > 0; });
          fixture.second->set_down(false);
          co_await wait_until([&] { return log.state.size() == 1; });
        });
  });
}

TEST(EtcdMirror, lists_anew_when_the_history_was_compacted_meanwhile) {
  WatchFixture fixture;
  fixture.store.put("/a/1", "x");
  MirrorLog log;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return etcd::mirror(fixture.client, {.keys = KeyRange::prefix("/a/")},
                              [&](MirrorUpdate update) { return log.apply(std::move(update)); });
        },
        [&]() -> Task<> {
          co_await wait_until([&] { return log.state.size() == 1; });
          fixture.first->down = true;
          fixture.second->set_down(true);
          co_await sleep(5ms);
          for (int i = 0; i < 10; ++i) fixture.store.put("/a/2", fmt::format("{}", i));
          fixture.store.remove(KeyRange::single("/a/1"));
          fixture.store.compacted = fixture.store.revision;
          fixture.first->set_down(false);
          co_await wait_until([&] { return log.state == std::map<std::string, std::string>{{"/a/2", "9"}}; });
          EXPECT_EQ(log.kinds.back(), "all");
        });
  });
}

TEST(EtcdMirror, notices_a_registry_that_lost_its_data) {
  WatchFixture fixture;
  for (int i = 0; i < 20; ++i) fixture.store.put("/a/1", "x");
  MirrorLog log;
  fixture.run([&]() -> Task<> {
    co_await beside(
        [&] {
          return etcd::mirror(fixture.client, {.keys = KeyRange::prefix("/a/")},
                              [&](MirrorUpdate update) { return log.apply(std::move(update)); });
        },
        [&]() -> Task<> {
          co_await wait_until([&] { return log.state.size() == 1; });
          fixture.first->down = true;
          fixture.second->set_down(true);
          co_await sleep(5ms);
          fixture.store.lose_everything();
          fixture.store.put("/a/9", "new");
          fixture.first->set_down(false);
          co_await wait_until([&] { return log.state == std::map<std::string, std::string>{{"/a/9", "new"}}; });
          EXPECT_EQ(log.kinds.back(), "all after loss");
        });
  });
}

}  // namespace
}  // namespace skerry
