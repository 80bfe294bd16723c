// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/server_fixture.h"

namespace skerry::platform::kafka {
namespace {

using namespace std::chrono_literals;
using namespace protocol;

std::vector<NewRecord> records_of(std::vector<std::string> values) {
  std::vector<NewRecord> records;
  for (std::string& value : values) records.push_back({.key = "k", .value = std::move(value)});
  return records;
}

TEST(KafkaFetch, an_offset_inside_a_batch_gives_the_whole_batch) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await produce(client, "t", records_of({"a", "b", "c"}));
    (void)co_await produce(client, "t", records_of({"d"}));
    const auto fetched = co_await fetch(client, fetch_request("t", 1));
    EXPECT_EQ(values_of(fetched), (std::vector<std::string>{"a", "b", "c", "d"}));
    EXPECT_EQ(RecordBatch::parse(fetched.records->value)->base_offset(), 0);
    EXPECT_EQ(fetched.high_watermark, 4);
    EXPECT_EQ(fetched.last_stable_offset, 4);
    EXPECT_EQ(fetched.log_start_offset, 0);
  });
}

TEST(KafkaFetch, batches_come_back_byte_for_byte_with_their_place_in_the_log) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await produce(client, "t", records_of({"a"}));
    std::string batch = write_batch(records_of({"b", "c"}));
    (void)co_await produce(client, "t", batch);
    assign(batch, 1, 0);
    const auto fetched = co_await fetch(client, fetch_request("t", 1));
    EXPECT_EQ(fetched.records->value, batch);
  });
}

TEST(KafkaFetch, the_first_batch_comes_even_when_it_is_larger_than_what_is_asked_for) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 2);
    const std::string large(2000, 'x');
    (void)co_await produce(client, "t", write_batch(records_of({large})), 0);
    (void)co_await produce(client, "t", write_batch(records_of({large})), 0);
    (void)co_await produce(client, "t", write_batch(records_of({large})), 1);
    FetchRequest request = fetch_request("t", 0);
    request.max_bytes = 100;
    request.topics[0].partitions[0].partition_max_bytes = 100;
    request.topics[0].partitions.push_back({.index = 1, .fetch_offset = 0, .partition_max_bytes = 100});
    const auto response = co_await client.call<FetchResponse>(request, 11);
    EXPECT_EQ(values_of(response.topics[0].partitions[0]), std::vector<std::string>{large});
    EXPECT_EQ(response.topics[0].partitions[1].records->value, "");
  });
}

TEST(KafkaFetch, waits_for_records_and_wakes_when_they_come) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto consumer = co_await TestClient::connect(server.address());
    auto producer = co_await TestClient::connect(server.address());
    (void)co_await create_topic(*producer, "t", 2);
    co_await consumer->send(fetch_request("t", 0, 60s, 1), 11);
    // Another partition's records do not end the wait, nor does its own answer come before them.
    (void)co_await produce(*producer, "t", write_batch(records_of({"other"})), 0);
    (void)co_await produce(*producer, "t", write_batch(records_of({"awaited"})), 1);
    const auto response = co_await consumer->receive<FetchResponse>(11);
    EXPECT_EQ(values_of(only(response)), std::vector<std::string>{"awaited"});
  });
}

TEST(KafkaFetch, waits_for_as_many_bytes_as_it_is_told) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto consumer = co_await TestClient::connect(server.address());
    auto producer = co_await TestClient::connect(server.address());
    (void)co_await create_topic(*producer, "t", 1);
    FetchRequest request = fetch_request("t", 0, 60s);
    request.min_bytes = 3000;
    co_await consumer->send(request, 11);
    for (int i = 0; i < 3; ++i) (void)co_await produce(*producer, "t", records_of({std::string(1000, 'x')}));
    const auto response = co_await consumer->receive<FetchResponse>(11);
    EXPECT_EQ(values_of(only(response)).size(), 3U);
  });
}

TEST(KafkaFetch, answers_with_nothing_when_the_time_is_over) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    const auto fetched = co_await fetch(client, fetch_request("t", 0, 20ms));
    EXPECT_EQ(fetched.error_code, ErrorCode::kNone);
    EXPECT_EQ(fetched.records->value, "");
    EXPECT_EQ(fetched.high_watermark, 0);
  });
}

TEST(KafkaFetch, does_not_wait_where_no_partition_is_asked_for) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto client = co_await TestClient::connect(server.address());
    // It would wait for longer than the test.
    FetchRequest request = fetch_request("t", 0, 120s);
    request.topics.clear();
    const auto response = co_await client->call<FetchResponse>(request, 11);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
    EXPECT_TRUE(response.topics.empty());
  });
}

TEST(KafkaFetch, an_error_of_one_partition_ends_the_wait_for_all) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    FetchRequest request = fetch_request("t", 0, 60s);
    request.topics.push_back({.name = "missing", .partitions = {{.index = 0, .partition_max_bytes = 1000}}});
    const auto response = co_await client.call<FetchResponse>(request, 11);
    EXPECT_EQ(only(response).error_code, ErrorCode::kNone);
    EXPECT_EQ(response.topics[1].partitions[0].error_code, ErrorCode::kUnknownTopicOrPartition);
  });
}

TEST(KafkaFetch, tells_offsets_that_are_not_there) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await produce(client, "t", records_of({"a", "b"}));
    for (const std::int64_t offset : {-1, 3}) {
      const auto fetched = co_await fetch(client, fetch_request("t", offset, 60s));
      EXPECT_EQ(fetched.error_code, ErrorCode::kOffsetOutOfRange) << offset;
      EXPECT_EQ(fetched.high_watermark, 2);
    }
    const auto at_the_end = co_await fetch(client, fetch_request("t", 2));
    EXPECT_EQ(at_the_end.error_code, ErrorCode::kNone);
  });
}

TEST(KafkaFetch, tells_a_leader_epoch_that_is_not_there) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await produce(client, "t", records_of({"a"}));
    FetchRequest request = fetch_request("t", 0, 60s);
    request.topics[0].partitions[0].current_leader_epoch = 1;
    const auto newer = co_await fetch(client, request);
    EXPECT_EQ(newer.error_code, ErrorCode::kUnknownLeaderEpoch);
    request.topics[0].partitions[0].current_leader_epoch = 0;
    const auto present = co_await fetch(client, request);
    EXPECT_EQ(present.error_code, ErrorCode::kNone);
  });
}

TEST(KafkaFetch, declines_a_fetch_session) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await produce(client, "t", records_of({"a"}));
    FetchRequest request = fetch_request("t", 0);
    request.session_epoch = 0;
    const auto response = co_await client.call<FetchResponse>(request, 11);
    EXPECT_EQ(response.session_id, 0);
    EXPECT_EQ(response.error_code, ErrorCode::kNone);
  });
}

TEST(KafkaFetch, what_was_produced_is_there_after_a_restart) {
  const disk::TemporaryDirectory directory;
  run_with_client(options_in(directory.path()),
                  [](TestClient& client) -> Task<> { (void)co_await produce(client, "t", records_of({"a", "b"})); });
  run_with_client(options_in(directory.path()), [](TestClient& client) -> Task<> {
    const auto fetched = co_await fetch(client, fetch_request("t", 0));
    EXPECT_EQ(values_of(fetched), (std::vector<std::string>{"a", "b"}));
    const auto produced = co_await produce(client, "t", records_of({"c"}));
    EXPECT_EQ(produced.base_offset, 2);
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
