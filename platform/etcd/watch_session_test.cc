// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/watch_session.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/engine_fixture.h"
#include "skerry/disk/memory_disk.h"

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;
using etcdserverpb::WatchCreateRequest;

class WatchSessionTest : public ::testing::Test {
 protected:
  template <class Body>
  void run(Body body, EngineOptions options = {}) {
    auto outcome = run_engine(disk_, "data", options, std::move(body));
    EXPECT_TRUE(outcome) << outcome.error().to_string();
  }
  disk::MemoryDisk disk_;
};

TEST_F(WatchSessionTest, an_event_is_seen_when_its_write_was_acknowledged) {
  run([](Engine& engine) -> Task<> {
    auto session = engine.watch();
    session->create(from_text<WatchCreateRequest>("key: 'a'"));
    auto created = co_await session->next();
    EXPECT_TRUE(created.created);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> { co_await engine.put(put_request("a", "1")); });
      auto output = co_await session->next();
      EXPECT_EQ(output.events->at(0).kv->value, "1");
    });
  });
}

TEST_F(WatchSessionTest, history_before_a_restart_can_be_watched) {
  run([](Engine& engine) -> Task<> {
    for (int i = 0; i < 100; ++i) co_await engine.put(put_request("a", std::to_string(i)));
  });
  run([](Engine& engine) -> Task<> {
    auto session = engine.watch();
    session->create(from_text<WatchCreateRequest>("key: 'a' start_revision: 2"));
    auto created = co_await session->next();
    EXPECT_EQ(created.header_revision, 101);
    int next = 0;
    while (next < 100) {
      auto output = co_await session->next();
      for (const Event& event : *output.events) EXPECT_EQ(event.kv->value, std::to_string(next++));
    }
  });
}

TEST_F(WatchSessionTest, a_reader_that_pauses_loses_nothing) {
  run(
      [](Engine& engine) -> Task<> {
        constexpr int kWrites = 3000;
        auto session = engine.watch();
        session->create(from_text<WatchCreateRequest>("key: 'a'"));
        co_await session->next();
        for (int i = 0; i < kWrites; ++i) co_await engine.put(put_request("a", std::to_string(i)));
        EXPECT_EQ(engine.counts().unsynced_watchers, 1u);
        int next = 0;
        while (next < kWrites) {
          auto output = co_await session->next();
          for (const Event& event : *output.events) EXPECT_EQ(event.kv->value, std::to_string(next++));
        }
        EXPECT_EQ(engine.counts().unsynced_watchers, 0u);
      },
      {.watch = {.max_queued_bytes = 10'000, .max_response_bytes = 2'000}});
}

TEST_F(WatchSessionTest, a_session_that_ends_takes_its_watchers_along) {
  run([](Engine& engine) -> Task<> {
    {
      auto session = engine.watch();
      session->create(from_text<WatchCreateRequest>("key: 'a'"));
      EXPECT_EQ(engine.counts().watchers, 1u);
    }
    EXPECT_EQ(engine.counts().watchers, 0u);
    EXPECT_EQ(engine.counts().watch_streams, 0u);
    co_return;
  });
}

TEST_F(WatchSessionTest, periodic_progress_comes_to_a_quiet_watcher) {
  run(
      [](Engine& engine) -> Task<> {
        auto session = engine.watch();
        session->create(from_text<WatchCreateRequest>("key: 'a' progress_notify: true"));
        co_await session->next();
        co_await engine.put(put_request("elsewhere", "x"));
        auto progress = co_await session->next();
        while (progress.header_revision < 2) progress = co_await session->next();
        EXPECT_EQ(progress.watch_id, 0);
        EXPECT_EQ(progress.events, nullptr);
      },
      {.watch = {.progress_interval = 50ms}});
}

TEST_F(WatchSessionTest, a_client_that_asks_and_does_not_read_waits_for_room) {
  run([](Engine& engine) -> Task<> {
    auto session = engine.watch();
    session->create(from_text<WatchCreateRequest>("key: 'a'"));
    for (std::size_t i = 1; i < kMaxQueuedWatchOutputs; ++i) session->request_progress();
    auto waited = co_await with_timeout(30ms, session->room()).result();
    EXPECT_EQ(waited.error().code(), Code::kDeadlineExceeded);
    co_await session->next();
    co_await session->room();
  });
}

TEST_F(WatchSessionTest, many_watchers_on_many_sessions_all_see_every_write) {
  run([](Engine& engine) -> Task<> {
    constexpr int kSessions = 50;
    constexpr int kWrites = 200;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < kSessions; ++i) {
        scope.go_on(Runtime::current().worker(static_cast<std::size_t>(i % 2)), [&]() -> Task<> {
          auto session = engine.watch();
          session->create(from_text<WatchCreateRequest>("key: 'k' range_end: 'l' start_revision: 2"));
          int next = 0;
          while (next < kWrites) {
            auto output = co_await session->next();
            if (!output.events) continue;
            for (const Event& event : *output.events) EXPECT_EQ(event.kv->value, std::to_string(next++));
          }
        });
      }
      for (int i = 0; i < kWrites; ++i)
        co_await engine.put(put_request("k" + std::to_string(i % 7), std::to_string(i)));
    });
  });
}

}  // namespace
}  // namespace skerry::platform::etcd
