// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "platform/kafka/broker/handlers.h"
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
