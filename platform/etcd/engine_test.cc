// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/engine.h"

#include <gtest/gtest.h>

#include <string>

#include "platform/etcd/engine_fixture.h"
#include "platform/etcd/watch_session.h"
#include "skerry/disk/memory_disk.h"
#include "skerry/disk/posix_disk.h"

namespace skerry::platform::etcd {
namespace {

using namespace std::chrono_literals;

class EngineTest : public ::testing::Test {
 protected:
  template <class Body>
  void run(Body body, EngineOptions options = {}) {
    auto outcome = run_engine(disk_, directory_.path(), options, std::move(body));
    EXPECT_TRUE(outcome) << outcome.error().to_string();
  }

  disk::PosixDisk disk_;
  disk::TemporaryDirectory directory_;
};

TEST_F(EngineTest, answers_carry_a_whole_header) {
  run([](Engine& engine) -> Task<> {
    auto response = co_await engine.put(put_request("a", "1"));
    EXPECT_NE(response.header().cluster_id(), 0u);
    EXPECT_NE(response.header().member_id(), 0u);
    EXPECT_EQ(response.header().raft_term(), 1u);
    EXPECT_EQ(response.header().revision(), 2);
    auto found = co_await engine.range(range_request("a"));
    EXPECT_EQ(found.kvs(0).value(), "1");
    EXPECT_EQ(found.header().member_id(), response.header().member_id());
  });
}

TEST_F(EngineTest, everything_is_there_after_a_restart) {
  run([](Engine& engine) -> Task<> {
    co_await engine.lease_grant(from_text<etcdserverpb::LeaseGrantRequest>("ID: 7 TTL: 100"));
    co_await engine.put(put_request("a", "1", 7));
    co_await engine.txn(from_text<etcdserverpb::TxnRequest>("success { request_put { key: 'b' value: '2' } }"));
    co_await engine.delete_range(from_text<etcdserverpb::DeleteRangeRequest>("key: 'x'"));
  });
  run([](Engine& engine) -> Task<> {
    auto found = co_await engine.range(from_text<etcdserverpb::RangeRequest>("key: 'a' range_end: 'z'"));
    EXPECT_EQ(found.count(), 2);
    EXPECT_EQ(found.header().revision(), 3);
    EXPECT_EQ(found.header().raft_term(), 2u);
    auto lease = engine.lease_time_to_live(from_text<etcdserverpb::LeaseTimeToLiveRequest>("ID: 7 keys: true"));
    EXPECT_EQ(lease.grantedttl(), 100);
    EXPECT_GE(lease.ttl(), 90);
    EXPECT_EQ(lease.keys_size(), 1);
  });
}

TEST_F(EngineTest, writes_at_the_same_time_share_syncs_and_get_their_own_revisions) {
  run([](Engine& engine) -> Task<> {
    constexpr int kWrites = 500;
    std::set<Revision> revisions;
    co_await with_scope([&](Scope& scope) -> Task<> {
      for (int i = 0; i < kWrites; ++i) {
        scope.go([&, i]() -> Task<> {
          auto response = co_await engine.put(put_request("key" + std::to_string(i), "x"));
          revisions.insert(response.header().revision());
        });
      }
      co_return;
    });
    EXPECT_EQ(revisions.size(), static_cast<std::size_t>(kWrites));
    EXPECT_EQ(*revisions.rbegin(), kWrites + 1);
    EXPECT_LT(engine.counts().syncs, kWrites / 5u);
  });
}

TEST_F(EngineTest, refuses_requests_that_are_too_large_or_not_valid_before_they_are_logged) {
  run([](Engine& engine) -> Task<> {
    const auto before = engine.counts().entries;
    auto large = co_await engine.put(put_request("a", std::string(std::size_t{2} << 20, 'x'))).result();
    EXPECT_EQ(large.error(), Error::invalid_argument("etcdserver: request is too large"));
    auto empty = co_await engine.put(put_request("", "x")).result();
    EXPECT_EQ(empty.error(), Error::invalid_argument("etcdserver: key is not provided"));
    EXPECT_EQ(engine.counts().entries, before);
  });
}

TEST_F(EngineTest, a_read_only_transaction_is_not_logged) {
  run([](Engine& engine) -> Task<> {
    const auto before = engine.counts().entries;
    auto response = co_await engine.txn(from_text<etcdserverpb::TxnRequest>("success { request_range { key: 'a' } }"));
    EXPECT_TRUE(response.succeeded());
    EXPECT_EQ(engine.counts().entries, before);
  });
}

TEST_F(EngineTest, a_full_store_raises_the_alarm_until_it_is_freed_and_disarmed) {
  run(
      [](Engine& engine) -> Task<> {
        const std::string full = "etcdserver: mvcc: database space exceeded";
        Result<etcdserverpb::PutResponse> put;
        for (int i = 0; put && i < 200; ++i)
          put = co_await engine.put(put_request("a", std::string(1000, 'x'))).result();
        EXPECT_FALSE(put);
        EXPECT_EQ(put.error().message(), full);
        EXPECT_FALSE(engine.healthy());
        EXPECT_EQ(engine.status().errors_size(), 1);
        auto grant = co_await engine.lease_grant(from_text<etcdserverpb::LeaseGrantRequest>("TTL: 5")).result();
        EXPECT_EQ(grant.error().message(), full);
        etcdserverpb::CompactionRequest compaction;
        compaction.set_revision(engine.counts().revision);
        compaction.set_physical(true);
        co_await engine.compact(compaction);
        put = co_await engine.put(put_request("a", "x")).result();
        EXPECT_EQ(put.error().message(), full) << "the alarm stays until it is disarmed";
        auto disarmed =
            co_await engine.alarm(from_text<etcdserverpb::AlarmRequest>("action: DEACTIVATE alarm: NOSPACE"));
        EXPECT_EQ(disarmed.alarms_size(), 1);
        co_await engine.put(put_request("a", "x"));
        EXPECT_TRUE(engine.healthy());
      },
      {.quota_bytes = 100'000});
}

TEST_F(EngineTest, history_is_compacted_without_being_asked_and_physically_when_asked) {
  run(
      [](Engine& engine) -> Task<> {
        for (int i = 0; i < 300; ++i) co_await engine.put(put_request("a", std::to_string(i)));
        co_await eventually([&] { return engine.counts().compact_revision > 0; });
        const auto counts = engine.counts();
        EXPECT_LE(counts.revision - counts.compact_revision, 120);
        etcdserverpb::CompactionRequest compaction;
        compaction.set_revision(counts.revision);
        compaction.set_physical(true);
        co_await engine.compact(compaction);
        EXPECT_LT(engine.counts().store_bytes, 500u);
      },
      {.compaction = {.max_revisions = 100}});
}

TEST_F(EngineTest, the_hash_is_that_of_the_contents) {
  std::uint32_t hash = 0;
  run([&](Engine& engine) -> Task<> {
    for (int i = 0; i < 5000; ++i) co_await engine.put(put_request("key" + std::to_string(i % 2500), "x"));
    auto whole = co_await engine.hash({});
    hash = whole.hash();
    EXPECT_EQ(whole.hash_revision(), 5001);
    etcdserverpb::HashKVRequest past;
    past.set_revision(4000);
    auto then = co_await engine.hash(past);
    EXPECT_NE(then.hash(), hash);
    past.set_revision(9999);
    auto future = co_await engine.hash(past).result();
    EXPECT_EQ(future.error().code(), Code::kOutOfRange);
  });
  run([&](Engine& engine) -> Task<> {
    auto again = co_await engine.hash({});
    EXPECT_EQ(again.hash(), hash);
  });
}

TEST_F(EngineTest, snapshots_are_taken_while_writes_go_on_and_the_log_stays_bounded) {
  const EngineOptions options{.log = {.max_segment_bytes = 20'000, .min_bytes_between_snapshots = 100'000}};
  Revision last = 0;
  run(
      [&](Engine& engine) -> Task<> {
        for (int round = 0; round < 40; ++round) {
          co_await with_scope([&](Scope& scope) -> Task<> {
            for (int i = 0; i < 50; ++i)
              scope.go([&, i] { return engine.put(put_request("key" + std::to_string(i), std::string(300, 'x'))); });
            co_return;
          });
        }
        etcdserverpb::CompactionRequest compaction;
        last = engine.counts().revision;
        compaction.set_revision(last);
        co_await engine.compact(compaction);
        co_await eventually([&] { return engine.counts().log_bytes < 1'000'000; });
      },
      options);
  run(
      [&](Engine& engine) -> Task<> {
        EXPECT_EQ(engine.counts().revision, last);
        EXPECT_EQ(engine.counts().keys, 50u);
        co_return;
      },
      options);
}

TEST(Engine, a_disk_that_fails_to_sync_stops_writes_and_not_reads) {
  disk::MemoryDisk disk;
  auto outcome = run_engine(disk, "data", {}, [&](Engine& engine) -> Task<> {
    co_await engine.put(put_request("a", "1"));
    disk.fail_syncs(1);
    auto failed = co_await engine.put(put_request("a", "2")).result();
    EXPECT_EQ(failed.error().code(), Code::kUnavailable);
    EXPECT_FALSE(engine.healthy());
    auto later = co_await engine.put(put_request("a", "3")).result();
    EXPECT_EQ(later.error().code(), Code::kUnavailable);
    auto found = co_await engine.range(range_request("a"));
    EXPECT_EQ(found.kvs(0).value(), "1");
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(Engine, a_full_disk_refuses_writes_until_there_is_room) {
  disk::MemoryDisk disk;
  auto outcome = run_engine(disk, "data", {}, [&](Engine& engine) -> Task<> {
    co_await engine.put(put_request("a", "1"));
    disk.set_capacity(100);
    auto full = co_await engine.put(put_request("a", std::string(500, 'x'))).result();
    EXPECT_EQ(full.error().code(), Code::kResourceExhausted);
    disk.set_capacity(100'000);
    co_await engine.put(put_request("a", "2"));
    EXPECT_TRUE(engine.healthy());
  });
  EXPECT_TRUE(outcome) << outcome.error().to_string();
}

TEST(Engine, a_damaged_log_is_refused_when_opened) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_engine(disk, "data", {}, [](Engine& engine) -> Task<> {
    co_await engine.put(put_request("a", "1"));
    co_await engine.put(put_request("a", "2"));
  }));
  disk.corrupt("data/" + disk.list("data")->at(0), 60, 0x40);
  auto outcome = run_engine(disk, "data", {}, [](Engine&) -> Task<> { co_return; });
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), Code::kDataLoss);
}

}  // namespace
}  // namespace skerry::platform::etcd
