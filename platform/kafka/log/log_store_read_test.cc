// SPDX-License-Identifier: Apache-2.0
//
// Reading, waiting, looking up by time, and what retention takes away.
#include <gtest/gtest.h>

#include "platform/kafka/log/log_fixture.h"

namespace skerry::platform::kafka::log {
namespace {

constexpr std::size_t kAll = std::size_t{1} << 30;
// Small segments, so that reads go through closed ones and the newest.
const LogOptions kSmallSegments{.segment_bytes = 1000};

// "0000" to "0059", two records each, from time 1000 on.
Task<> fill(LogStore& store, int count = 60) {
  co_await store.create_topic({"a", 2, {}});
  for (int i = 0; i < count; ++i) {
    co_await store.append({"a", 0}, make_batch(2, fmt::format("{:04}", i), 1000 + 10 * i));
    co_await store.append({"a", 1}, make_batch(1, "other"));
  }
}

std::string name_of(int i) { return fmt::format("{:04}", i); }

TEST(LogStoreRead, gives_whole_batches_from_the_one_with_the_offset_on) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, kSmallSegments, [](LogStore& store) -> Task<> {
    co_await fill(store);
    EXPECT_GT(store.counts().segments, 5u);
    for (Offset offset = 0; offset < 120; ++offset) {
      const Slice slice = co_await store.read({{"a", 0}, offset, kAll});
      EXPECT_EQ(slice.high_watermark, 120);
      EXPECT_EQ(slice.log_start_offset, 0);
      const auto contents = contents_of(slice.records, 4);
      EXPECT_EQ(contents.size(), static_cast<std::size_t>(60 - offset / 2));
      EXPECT_EQ(contents.front(), name_of(static_cast<int>(offset / 2)));
      EXPECT_EQ(contents.back(), "0059");
      EXPECT_EQ(placed_at(slice.records), offset / 2 * 2);
    }
  }));
}

TEST(LogStoreRead, gives_as_much_as_fits_and_one_batch_in_any_case) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, kSmallSegments, [](LogStore& store) -> Task<> {
    co_await fill(store);
    const std::size_t size = kRecordBatchHeadBytes + 4;
    for (const std::size_t batches : {1, 2, 3, 10, 59}) {
      EXPECT_EQ((co_await store.read({{"a", 0}, 0, batches * size})).records.size(), batches * size);
      EXPECT_EQ((co_await store.read({{"a", 0}, 0, (batches + 1) * size - 1})).records.size(), batches * size);
    }
    for (const Offset offset : {0, 7, 119}) {
      EXPECT_EQ((co_await store.read({{"a", 0}, offset, 1})).records.size(), size);
      EXPECT_TRUE((co_await store.read({{"a", 0}, offset, 1, false})).records.empty());
    }
  }));
}

TEST(LogStoreRead, of_the_end_is_empty_and_beyond_is_refused) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await fill(store, 3);
    const Slice end = co_await store.read({{"a", 0}, 6, kAll});
    EXPECT_TRUE(end.records.empty());
    EXPECT_EQ(end.high_watermark, 6);
    for (const Offset offset : {7, -1}) {
      const auto refused = co_await store.read({{"a", 0}, offset, kAll}).result();
      EXPECT_TRUE(!refused && is_kafka_error(refused.error(), ErrorCode::kOffsetOutOfRange));
    }
    const auto unknown = co_await store.read({{"a", 5}, 0, kAll}).result();
    EXPECT_TRUE(!unknown && is_kafka_error(unknown.error(), ErrorCode::kUnknownTopicOrPartition));
  }));
}

TEST(LogStoreRead, tells_how_much_there_is_without_reading) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await fill(store, 3);
    EXPECT_EQ(store.available({"a", 0}, 0, kAll), 3 * (kRecordBatchHeadBytes + 4));
    EXPECT_EQ(store.available({"a", 0}, 0, 10), 10u);
    EXPECT_EQ(store.available({"a", 0}, 6, kAll), 0u);
    EXPECT_EQ(store.available({"b", 0}, 0, kAll), 0u);
  }));
}

TEST(LogStoreRead, is_woken_by_what_happens_to_its_partitions) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, {}, [](LogStore& store) -> Task<> {
    co_await fill(store, 1);
    const std::vector<TopicPartition> partitions = {{"a", 0}, {"none", 0}};
    AppendWatch watch = store.watch(partitions);
    co_await store.append({"a", 1}, make_batch(1));
    EXPECT_FALSE(watch.woken());
    co_await store.append({"a", 0}, make_batch(1));
    co_await watch.wait();
    watch.reset();
    co_await store.delete_records({"a", 0}, 1);
    co_await watch.wait();
    watch.reset();
    co_await store.delete_topic("a");
    co_await watch.wait();
  }));
}

TEST(LogStoreRead, finds_batches_by_time) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, kSmallSegments, [](LogStore& store) -> Task<> {
    co_await fill(store);
    for (int i = 0; i < 60; ++i) {
      const OffsetAndTimestamp expected{2 * i, at(1000 + 10 * i)};
      EXPECT_EQ(co_await store.find_by_time({"a", 0}, at(1000 + 10 * i)), expected);
      EXPECT_EQ(co_await store.find_by_time({"a", 0}, at(1000 + 10 * i - 9)), expected);
    }
    EXPECT_EQ(co_await store.find_by_time({"a", 0}, at(0)), (OffsetAndTimestamp{0, at(1000)}));
    EXPECT_EQ(co_await store.find_by_time({"a", 0}, at(1591)), std::nullopt);
    EXPECT_EQ(co_await store.find_newest({"a", 0}), (OffsetAndTimestamp{118, at(1590)}));
    co_await store.delete_records({"a", 0}, 33);
    EXPECT_EQ(co_await store.find_by_time({"a", 0}, at(0)), (OffsetAndTimestamp{33, at(1160)}));
    co_await store.delete_records({"a", 0}, -1);
    EXPECT_EQ(co_await store.find_newest({"a", 0}), std::nullopt);
    const auto unknown = co_await store.find_by_time({"b", 0}, at(0)).result();
    EXPECT_TRUE(!unknown && is_kafka_error(unknown.error(), ErrorCode::kUnknownTopicOrPartition));
  }));
}

TEST(LogStoreRead, takes_the_time_of_appending_for_records_without_one) {
  disk::MemoryDisk disk;
  LogOptions options;
  options.clock = [] { return at(5000); };
  ASSERT_TRUE(run_store(disk, options, [](LogStore& store) -> Task<> {
    co_await store.create_topic({"a", 1, {}});
    co_await store.append({"a", 0}, make_batch(1, "x", -1));
    EXPECT_EQ(co_await store.find_newest({"a", 0}), (OffsetAndTimestamp{0, at(5000)}));
  }));
}

TEST(LogStoreRead, does_not_show_what_was_deleted) {
  disk::MemoryDisk disk;
  ASSERT_TRUE(run_store(disk, kSmallSegments, [](LogStore& store) -> Task<> {
    co_await fill(store);
    EXPECT_EQ(co_await store.delete_records({"a", 0}, 51), 51);
    EXPECT_EQ(co_await store.delete_records({"a", 0}, 20), 51) << "it never goes back";
    const auto before = co_await store.read({{"a", 0}, 50, kAll}).result();
    EXPECT_TRUE(!before && is_kafka_error(before.error(), ErrorCode::kOffsetOutOfRange));
    const Slice slice = co_await store.read({{"a", 0}, 51, kAll});
    EXPECT_EQ(contents_of(slice.records, 4).front(), "0025") << "the batch that it is in";
    EXPECT_EQ(slice.log_start_offset, 51);
    const auto beyond = co_await store.delete_records({"a", 0}, 121).result();
    EXPECT_TRUE(!beyond && is_kafka_error(beyond.error(), ErrorCode::kOffsetOutOfRange));
    EXPECT_EQ(co_await store.delete_records({"a", 0}, -1), 120);
    EXPECT_EQ((co_await store.append({"a", 0}, make_batch(1))).log_start_offset, 120);
  }));
}

TEST(LogStoreRead, goes_on_over_cleaning) {
  disk::MemoryDisk disk;
  std::atomic<std::int64_t> clock = 1000;
  LogOptions options = kSmallSegments;
  options.clock = [&] { return at(clock); };
  ASSERT_TRUE(run_store(disk, options, [&](LogStore& store) -> Task<> {
    co_await fill(store);
    co_await store.set_configs("a", {{"retention.ms", "300"}});
    const std::size_t segments = store.counts().segments;
    const std::uint64_t bytes = store.counts().log_bytes;
    clock = 1600;
    co_await store.delete_records({"a", 1}, -1);
    co_await store.maintain();
    EXPECT_LT(store.counts().segments, segments);
    EXPECT_LT(store.counts().log_bytes, bytes);
    const Offset start = store.state({"a", 0})->log_start_offset;
    EXPECT_GT(start, 20);
    EXPECT_LE(start, 60);
    const Slice slice = co_await store.read({{"a", 0}, start, kAll});
    const auto contents = contents_of(slice.records, 4);
    EXPECT_EQ(contents.size(), static_cast<std::size_t>((120 - start) / 2));
    EXPECT_EQ(contents.back(), "0059");
  }));
}

}  // namespace
}  // namespace skerry::platform::kafka::log
