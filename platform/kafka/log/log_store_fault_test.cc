// SPDX-License-Identifier: Apache-2.0
//
// Full disks, disks that fail, stores that stop.
#include <gtest/gtest.h>

#include "platform/kafka/log/log_files.h"
#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr std::size_t kEverything = std::size_t{1} << 30;
constexpr std::uint64_t kPlenty = std::uint64_t{1} << 30;
const LogOptions kTinySegments{.segment_bytes = 1000, .reserve_bytes = 4096};

Batch numbered(int number) { return make_batch(1, fmt::format("{:04}", number)); }

TEST(LogStoreFaults, a_full_disk_refuses_appends_and_loses_nothing_that_was_acknowledged) {
  disk::MemoryDisk disk;
  std::vector<std::string> acknowledged;
  ASSERT_TRUE(run_store(disk, kTinySegments, [&](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    int number = 0;
    for (std::uint64_t room = 0; room < 60; ++room) {
      disk.set_capacity(disk.used_bytes() + 37 * room);
      while (true) {
        auto appended = co_await store.append({"a", 0}, numbered(number)).result();
        if (appended) acknowledged.push_back(fmt::format("{:04}", number));
        ++number;
        if (appended) continue;
        EXPECT_TRUE(is_kafka_error(appended.error(), ErrorCode::kKafkaStorageError)) << appended.error().to_string();
        EXPECT_NE(appended.error().message().find("disk is full"), std::string::npos);
        break;
      }
      EXPECT_TRUE(store.writable());
      const Slice slice = co_await store.read({{"a", 0}, 0, kEverything});
      EXPECT_EQ(contents_of(slice.records, 4), acknowledged) << "reads go on";
    }
    disk.set_capacity(kPlenty);
    co_await store.append({"a", 0}, numbered(number));
    acknowledged.push_back(fmt::format("{:04}", number));
  }));
  disk.restart(3);
  ASSERT_TRUE(run_store(disk, kTinySegments, [&](LogStore& store) -> Task<> {
    const Slice slice = co_await store.read({{"a", 0}, 0, kEverything});
    EXPECT_EQ(contents_of(slice.records, 4), acknowledged);
  }));
}

TEST(LogStoreFaults, records_can_be_deleted_on_a_full_disk_and_make_room) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, kTinySegments, [&](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    for (int i = 0; i < 100; ++i) co_await store.append({"a", 0}, numbered(i));
    disk.set_capacity(disk.used_bytes());
    const auto refused = co_await store.append({"a", 0}, numbered(0)).result();
    EXPECT_TRUE(!refused && is_kafka_error(refused.error(), ErrorCode::kKafkaStorageError));
    co_await store.delete_records({"a", 0}, -1);
    co_await store.maintain();
    EXPECT_EQ((co_await store.append({"a", 0}, numbered(0))).base_offset, 100);
    co_await store.maintain();
    EXPECT_EQ(disk.size(reserve_path("data")).value(), kTinySegments.reserve_bytes) << "held back again";
  }));
}

TEST(LogStoreFaults, after_a_failed_sync_changes_fail_for_good_and_reads_go_on) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [&](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    co_await store.append({"a", 0}, numbered(0));
    disk.fail_syncs(1);
    const auto failed = co_await store.append({"a", 0}, numbered(1)).result();
    EXPECT_TRUE(!failed && is_kafka_error(failed.error(), ErrorCode::kKafkaStorageError));
    EXPECT_FALSE(store.writable());
    const auto later = co_await store.append({"a", 0}, numbered(2)).result();
    EXPECT_TRUE(!later && is_kafka_error(later.error(), ErrorCode::kKafkaStorageError));
    EXPECT_FALSE(co_await store.create_topic({"b", 1, {}}).result());
    const Slice slice = co_await store.read({{"a", 0}, 0, kEverything});
    EXPECT_EQ(contents_of(slice.records, 4), std::vector<std::string>{"0000"});
    EXPECT_EQ(slice.high_watermark, 1) << "nobody sees what may not be durable";
  }));
  disk.restart(1);
  ASSERT_TRUE(run_store(disk, {}, [&](LogStore& store) -> Task<> {
    EXPECT_EQ((co_await store.append({"a", 0}, numbered(3))).base_offset, 1);
  }));
}

TEST(LogStoreFaults, a_sync_that_fails_while_a_segment_is_begun_is_no_less_final) {
  for (int good = 0; good < 6; ++good) {
    disk::MemoryDisk disk;
    std::vector<std::string> acknowledged;
    ASSERT_TRUE(run_store(disk, kTinySegments, [&](LogStore& store) -> Task<> {
      co_await store.create_topic({"a", 1, {}});
      int number = 0;
      const std::size_t segments = store.counts().segments;
      // Up to the append before the one that begins a segment would be too fine: any sync near it will do.
      while (store.counts().segments == segments && number < 6 + good) {
        co_await store.append({"a", 0}, numbered(number));
        acknowledged.push_back(fmt::format("{:04}", number++));
      }
      disk.fail_syncs(1);
      EXPECT_FALSE(co_await store.append({"a", 0}, numbered(number)).result());
      EXPECT_FALSE(store.writable());
      EXPECT_FALSE(co_await store.append({"a", 0}, numbered(number)).result());
    }));
    disk.restart(static_cast<std::uint32_t>(good));
    ASSERT_TRUE(run_store(disk, kTinySegments, [&](LogStore& store) -> Task<> {
      const Slice slice = co_await store.read({{"a", 0}, 0, kEverything});
      EXPECT_EQ(contents_of(slice.records, 4), acknowledged);
    }));
  }
}

TEST(LogStoreFaults, a_damaged_batch_is_not_given_to_anybody) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [&](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    co_await store.append({"a", 0}, numbered(0));
    for (const std::string& name : disk.list("data").value()) {
      if (!name.ends_with(".log")) continue;
      const std::string path = "data/" + name;
      disk.corrupt(path, disk.size(path).value() - kRecordBatchHeadBytes - 4, 1);  // in its base offset
    }
    const auto read = co_await store.read({{"a", 0}, 0, kEverything}).result();
    EXPECT_TRUE(!read && read.error().code() == Code::kDataLoss);
  }));
}

TEST(LogStoreFaults, what_waits_when_the_store_stops_is_answered) {
  disk::MemoryDisk disk;
  Runtime runtime({.workers = 1});
  ASSERT_TRUE(runtime.run([&]() -> Task<> {
    auto store = co_await LogStore::open(disk, "data", {});
    std::ignore = co_await with_scope([&](Scope& scope) -> Task<> {
                    scope.go([&] { return store->run(); });
                    co_await store->create_topic({"a", 1, {}});
                    scope.cancel();
                  }).result();
    const auto late = co_await store->append({"a", 0}, numbered(1)).result();
    EXPECT_TRUE(!late && is_kafka_error(late.error(), ErrorCode::kRequestTimedOut));
    EXPECT_EQ(store->state({"a", 0})->high_watermark, 0);
  }));
}

}  // namespace
}  // namespace skerry::platform::kafka::log
