// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/server_fixture.h"

namespace skerry::platform::kafka {
namespace {

using namespace protocol;

std::string batch_of(int records, const BatchFields& fields = {}) {
  std::vector<NewRecord> all;
  for (int i = 0; i < records; ++i) all.push_back({.key = "k", .value = "v" + std::to_string(i)});
  return write_batch(all, fields);
}

std::string idempotent(std::int64_t producer, std::int32_t sequence, std::int16_t epoch = 0) {
  return batch_of(2, {.producer_id = producer, .producer_epoch = epoch, .base_sequence = sequence});
}

Task<std::int64_t> new_producer(TestClient& client) {
  const auto response = co_await client.call<InitProducerIdResponse>(InitProducerIdRequest(), 4);
  EXPECT_EQ(response.error_code, ErrorCode::kNone);
  EXPECT_EQ(response.producer_epoch, 0);
  co_return response.producer_id;
}

Task<> expect_outcome(TestClient& client, std::string topic, std::string batch, ErrorCode expected) {
  const auto partition = co_await produce(client, std::move(topic), std::move(batch));
  EXPECT_EQ(partition.error_code, expected) << partition.error_message.value_or("");
}

TEST(KafkaProduce, gives_the_offset_of_the_first_record_in_every_version) {
  run_with_client([](TestClient& client) -> Task<> {
    std::int64_t expected = 0;
    for (std::int16_t version = kFirstServedProduceVersion; version <= 9; ++version) {
      for (const std::int16_t acks : std::array<std::int16_t, 2>{1, -1}) {
        const auto response =
            co_await client.call<ProduceResponse>(produce_request("t", batch_of(3), 0, acks), version);
        EXPECT_EQ(only(response).error_code, ErrorCode::kNone) << version;
        EXPECT_EQ(only(response).base_offset, expected);
        expected += 3;
      }
    }
  });
}

TEST(KafkaProduce, refuses_the_versions_before_record_batches_although_they_are_advertised) {
  run_with_client([](TestClient& client) -> Task<> {
    for (std::int16_t version = 0; version <= 2; ++version) {
      const auto response = co_await client.call<ProduceResponse>(produce_request("t", batch_of(1)), version);
      EXPECT_EQ(only(response).error_code, ErrorCode::kUnsupportedVersion);
    }
  });
}

TEST(KafkaProduce, without_acknowledgement_there_is_no_response) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await client.send_bytes(request_frame(produce_request("t", batch_of(1), 0, 0), 9, 77, "test"));
    // The next response is that of the next request, and the record is there or comes.
    const auto fetched = co_await fetch(client, fetch_request("t", 0, std::chrono::seconds(60)));
    EXPECT_EQ(values_of(fetched), std::vector<std::string>{"v0"});
  });
}

TEST(KafkaProduce, a_refusal_without_acknowledgement_closes_the_connection) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await client.send_bytes(request_frame(produce_request("t", "no batch", 0, 0), 9, 77, "test"));
    co_await client.receive_end();
  });
}

TEST(KafkaProduce, refuses_what_is_no_good_batch_and_keeps_the_good_ones_beside_it) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 3);
    std::string corrupt = batch_of(2);
    corrupt.back() = static_cast<char>(corrupt.back() ^ 1);
    ProduceRequest request = produce_request("t", corrupt, 0);
    request.topics[0].partitions.push_back({.index = 1, .records = Bytes{batch_of(2)}});
    request.topics[0].partitions.push_back({.index = 2, .records = std::nullopt});
    request.topics[0].partitions.push_back({.index = 2, .records = Bytes{batch_of(1) + batch_of(1)}});
    request.topics[0].partitions.push_back({.index = 3, .records = Bytes{batch_of(1)}});
    const auto response = co_await client.call<ProduceResponse>(request, 9);
    const auto& partitions = response.topics.at(0).partitions;
    EXPECT_EQ(partitions[0].error_code, ErrorCode::kCorruptMessage);
    EXPECT_EQ(partitions[1].error_code, ErrorCode::kNone);
    EXPECT_EQ(partitions[1].base_offset, 0);
    EXPECT_EQ(partitions[2].error_code, ErrorCode::kInvalidRecord);
    EXPECT_EQ(partitions[3].error_code, ErrorCode::kInvalidRecord);
    EXPECT_EQ(partitions[4].error_code, ErrorCode::kUnknownTopicOrPartition);
    EXPECT_TRUE(partitions[0].error_message.has_value());
  });
}

TEST(KafkaProduce, refuses_acks_that_nobody_can_give_and_transactions) {
  run_with_client([](TestClient& client) -> Task<> {
    const auto wrong = co_await client.call<ProduceResponse>(produce_request("t", batch_of(1), 0, 2), 9);
    EXPECT_EQ(only(wrong).error_code, ErrorCode::kInvalidRequiredAcks);
    ProduceRequest transactional = produce_request("t", batch_of(1));
    transactional.transactional_id = "tx";
    const auto refused = co_await client.call<ProduceResponse>(transactional, 9);
    EXPECT_EQ(only(refused).error_code, ErrorCode::kTransactionalIdAuthorizationFailed);
    const auto id = co_await client.call<InitProducerIdResponse>(InitProducerIdRequest{.transactional_id = "tx"}, 4);
    EXPECT_EQ(id.error_code, ErrorCode::kTransactionalIdAuthorizationFailed);
  });
}

TEST(KafkaProduce, refuses_a_batch_that_is_larger_than_the_topic_takes) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "small", 1, {{"max.message.bytes", "200"}});
    const std::vector<NewRecord> large = {{.key = "k", .value = std::string(300, 'x')}};
    co_await expect_outcome(client, "small", write_batch(large), ErrorCode::kMessageTooLarge);
    co_await expect_outcome(client, "small", batch_of(1), ErrorCode::kNone);
  });
}

TEST(KafkaProduce, stores_a_batch_of_an_idempotent_producer_once) {
  run_with_client([](TestClient& client) -> Task<> {
    const std::int64_t producer = co_await new_producer(client);
    for (std::int32_t batch = 0; batch < 5; ++batch) {
      const auto first = co_await produce(client, "t", idempotent(producer, 2 * batch));
      EXPECT_EQ(first.base_offset, 2 * batch);
    }
    // All of the last five can be sent again, and get the offset that they had.
    for (std::int32_t batch = 0; batch < 5; ++batch) {
      const auto again = co_await produce(client, "t", idempotent(producer, 2 * batch));
      EXPECT_EQ(again.error_code, ErrorCode::kNone);
      EXPECT_EQ(again.base_offset, 2 * batch);
    }
    const auto fetched = co_await fetch(client, fetch_request("t", 0));
    EXPECT_EQ(fetched.high_watermark, 10);
  });
}

TEST(KafkaProduce, refuses_a_sequence_with_a_gap_and_an_old_epoch) {
  run_with_client([](TestClient& client) -> Task<> {
    const std::int64_t producer = co_await new_producer(client);
    co_await expect_outcome(client, "t", idempotent(producer, 0, 1), ErrorCode::kNone);
    co_await expect_outcome(client, "t", idempotent(producer, 4, 1), ErrorCode::kOutOfOrderSequenceNumber);
    co_await expect_outcome(client, "t", idempotent(producer, 2, 0), ErrorCode::kInvalidProducerEpoch);
    co_await expect_outcome(client, "t", idempotent(producer, 2, 1), ErrorCode::kNone);
  });
}

TEST(KafkaProduce, pipelined_idempotent_batches_are_checked_in_their_order) {
  run_with_client([](TestClient& client) -> Task<> {
    const std::int64_t producer = co_await new_producer(client);
    for (std::int32_t batch = 0; batch < 5; ++batch)
      co_await client.send(produce_request("t", idempotent(producer, 2 * batch)), 9);
    for (std::int32_t batch = 0; batch < 5; ++batch) {
      const auto response = co_await client.receive<ProduceResponse>(9);
      EXPECT_EQ(only(response).error_code, ErrorCode::kNone);
      EXPECT_EQ(only(response).base_offset, 2 * batch);
    }
  });
}

TEST(KafkaProduce, many_large_batches_may_be_under_way_together) {
  run_with_client([](TestClient& client) -> Task<> {
    constexpr int kBatches = 60;  // more than may be outstanding
    const std::vector<NewRecord> large = {{.key = "k", .value = std::string(1'000'000, 'x')}};
    const std::string batch = write_batch(large);
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&]() -> Task<> {
        for (int i = 0; i < kBatches; ++i) co_await client.send(produce_request("t", batch), 9);
      });
      for (int i = 0; i < kBatches; ++i) {
        const auto response = co_await client.receive<ProduceResponse>(9);
        EXPECT_EQ(only(response).error_code, ErrorCode::kNone);
        EXPECT_EQ(only(response).base_offset, i);
      }
    });
  });
}

TEST(KafkaProduce, every_producer_gets_an_id_of_its_own) {
  run_with_client([](TestClient& client) -> Task<> {
    const std::int64_t first = co_await new_producer(client);
    const std::int64_t second = co_await new_producer(client);
    EXPECT_NE(second, first);
  });
}

TEST(KafkaProduce, without_automatic_creation_a_topic_must_be_there) {
  const disk::TemporaryDirectory directory;
  ServerOptions options = options_in(directory.path());
  options.auto_create_topics = false;
  run_with_client(options, [](TestClient& client) -> Task<> {
    co_await expect_outcome(client, "t", batch_of(1), ErrorCode::kUnknownTopicOrPartition);
    (void)co_await create_topic(client, "t", 1);
    co_await expect_outcome(client, "t", batch_of(1), ErrorCode::kNone);
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
