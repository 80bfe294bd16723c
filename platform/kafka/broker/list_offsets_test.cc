// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/compressed_batch.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/server_fixture.h"

namespace skerry::platform::kafka {
namespace {

using namespace protocol;

Task<ListOffsetsResponse::Partition> offset_at(TestClient& client, std::int64_t timestamp, std::int16_t version = 7,
                                               std::int32_t partition = 0) {
  ListOffsetsRequest request;
  request.topics.push_back({.name = "t", .partitions = {{.index = partition, .timestamp = timestamp}}});
  const auto response = co_await client.call<ListOffsetsResponse>(request, version);
  co_return only(response);
}

// Offsets 0 to 2 at times 1000, 1005, 1010; offset 3 at 900; offset 4 at 2000.
Task<> fill(TestClient& client) {
  (void)co_await produce(client, "t",
                         {{.key = "k", .value = "a", .timestamp = 1000},
                          {.key = "k", .value = "b", .timestamp = 1005},
                          {.key = "k", .value = "c", .timestamp = 1010}});
  (void)co_await produce(client, "t", {{.key = "k", .value = "late", .timestamp = 900}});
  (void)co_await produce(client, "t", {{.key = "k", .value = "d", .timestamp = 2000}});
}

TEST(KafkaListOffsets, gives_the_ends_of_a_partition_in_every_version) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await fill(client);
    for (std::int16_t version = 1; version <= 7; ++version) {
      const auto earliest = co_await offset_at(client, kEarliestOffset, version);
      EXPECT_EQ(earliest.offset, 0);
      const auto latest = co_await offset_at(client, kLatestOffset, version);
      EXPECT_EQ(latest.offset, 5);
      EXPECT_EQ(latest.timestamp, -1);
      if (version >= 4) EXPECT_EQ(latest.leader_epoch, 0);
    }
  });
}

TEST(KafkaListOffsets, finds_the_first_record_at_a_time_or_after) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await fill(client);
    const std::vector<std::pair<std::int64_t, std::int64_t>> expected = {{0, 0},    {1000, 0}, {1001, 1},
                                                                         {1010, 2}, {1011, 4}, {2000, 4}};
    for (const auto& [time, offset] : expected) {
      const auto found = co_await offset_at(client, time);
      EXPECT_EQ(found.offset, offset) << time;
      EXPECT_GE(found.timestamp, time);
    }
    const auto later = co_await offset_at(client, 2001);
    EXPECT_EQ(later.error_code, ErrorCode::kNone);
    EXPECT_EQ(later.offset, -1);
  });
}

Task<> delete_before(TestClient& client, std::int64_t offset) {
  DeleteRecordsRequest request{.timeout = Milliseconds(5000)};
  request.topics.push_back({.name = "t", .partitions = {{.index = 0, .offset = offset}}});
  const auto deleted = co_await client.call<DeleteRecordsResponse>(request, 2);
  EXPECT_EQ(only(deleted).low_watermark, offset);
}

TEST(KafkaListOffsets, finds_a_record_by_time_inside_a_compressed_batch) {
  run_with_client([](TestClient& client) -> Task<> {
    const std::vector<NewRecord> records = {
        {.value = "a", .timestamp = 1000}, {.value = "b", .timestamp = 1005}, {.value = "c", .timestamp = 1010}};
    std::int64_t first = 0;
    for (const Compression codec : {Compression::kGzip, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
      const auto produced = co_await produce(client, "t", compressed_batch(records, codec));
      EXPECT_EQ(produced.error_code, ErrorCode::kNone) << produced.error_message.value_or("");
      co_await delete_before(client, first);
      const auto second = co_await offset_at(client, 1001);
      EXPECT_EQ(second.offset, first + 1) << static_cast<int>(codec);
      EXPECT_EQ(second.timestamp, 1005);
      const auto newest = co_await offset_at(client, kMaxTimestampOffset);
      EXPECT_EQ(newest.offset, first + 2) << static_cast<int>(codec);
      first += 3;
    }
  });
}

TEST(KafkaListOffsets, gives_the_first_record_of_a_batch_whose_compression_is_damaged) {
  run_with_client([](TestClient& client) -> Task<> {
    const std::vector<NewRecord> records = {{.value = "a", .timestamp = 1000}, {.value = "b", .timestamp = 1005}};
    (void)co_await produce(client, "t", batch_around(records, Compression::kZstd, "these are no zstd frames"));
    const auto found = co_await offset_at(client, 1005);
    EXPECT_EQ(found.error_code, ErrorCode::kNone);
    EXPECT_EQ(found.offset, 0);
  });
}

TEST(KafkaListOffsets, gives_no_record_from_before_the_log_start) {
  run_with_client([](TestClient& client) -> Task<> {
    // Offsets 0 to 2 in one batch, whose newest record is the second; offset 3 has its time as well.
    (void)co_await produce(
        client, "t",
        {{.value = "a", .timestamp = 1000}, {.value = "newest", .timestamp = 3000}, {.value = "c", .timestamp = 1010}});
    (void)co_await produce(client, "t", {{.value = "d", .timestamp = 2000}});
    co_await delete_before(client, 2);
    const auto any = co_await offset_at(client, 0);
    EXPECT_EQ(any.offset, 2);
    EXPECT_EQ(any.timestamp, 1010);
    const auto beyond = co_await offset_at(client, 1500);
    EXPECT_EQ(beyond.offset, 3) << "the only later record of the first batch is deleted";
    EXPECT_EQ(beyond.timestamp, 2000);
    const auto none = co_await offset_at(client, 2500);
    EXPECT_EQ(none.offset, -1);
    const auto newest = co_await offset_at(client, kMaxTimestampOffset);
    EXPECT_EQ(newest.offset, 2);
  });
}

TEST(KafkaListOffsets, finds_the_newest_record_by_its_time) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await fill(client);
    const auto newest = co_await offset_at(client, kMaxTimestampOffset);
    EXPECT_EQ(newest.offset, 4);
    EXPECT_EQ(newest.timestamp, 2000);
  });
}

TEST(KafkaListOffsets, tells_partitions_and_times_that_are_not_there) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await fill(client);
    const auto missing = co_await offset_at(client, kLatestOffset, 7, 1);
    EXPECT_EQ(missing.error_code, ErrorCode::kUnknownTopicOrPartition);
    const auto never = co_await offset_at(client, -7);
    EXPECT_EQ(never.error_code, ErrorCode::kInvalidRequest);
  });
}

TEST(KafkaListOffsets, records_before_an_offset_can_be_deleted) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await fill(client);
    DeleteRecordsRequest request{.timeout = Milliseconds(5000)};
    request.topics.push_back({.name = "t", .partitions = {{.index = 0, .offset = 3}, {.index = 0, .offset = 9}}});
    const auto deleted = co_await client.call<DeleteRecordsResponse>(request, 2);
    EXPECT_EQ(only(deleted).low_watermark, 3);
    EXPECT_EQ(deleted.topics.at(0).partitions.at(1).error_code, ErrorCode::kOffsetOutOfRange);
    const auto earliest = co_await offset_at(client, kEarliestOffset);
    EXPECT_EQ(earliest.offset, 3);
    const auto fetched = co_await fetch(client, fetch_request("t", 0));
    EXPECT_EQ(fetched.error_code, ErrorCode::kOffsetOutOfRange);
  });
}

TEST(KafkaListOffsets, the_one_leader_epoch_ends_where_the_records_do) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await fill(client);
    OffsetForLeaderEpochRequest request;
    request.topics.push_back({.name = "t", .partitions = {{.index = 0, .leader_epoch = 0}, {.leader_epoch = 5}}});
    for (std::int16_t version = 2; version <= 4; ++version) {
      const auto response = co_await client.call<OffsetForLeaderEpochResponse>(request, version);
      EXPECT_EQ(only(response).end_offset, 5);
      EXPECT_EQ(only(response).leader_epoch, 0);
      EXPECT_EQ(response.topics.at(0).partitions.at(1).end_offset, -1);
    }
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
