// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/server_fixture.h"

namespace skerry::platform::kafka {
namespace {

using namespace protocol;

Task<> expect_outcome(TestClient& client, CreateTopicsRequest::Topic topic, ErrorCode expected,
                      bool validate_only = false) {
  CreateTopicsRequest request{.topics = {std::move(topic)}, .timeout = Milliseconds(5000)};
  request.validate_only = validate_only;
  const auto response = co_await client.call<CreateTopicsResponse>(request, 7);
  const auto& answer = response.topics.at(0);
  EXPECT_EQ(answer.error_code, expected) << answer.error_message.value_or("");
}

Task<> expect_partitions(TestClient& client, std::string topic, std::size_t expected) {
  MetadataRequest request{.topics = std::vector{MetadataRequest::Topic{topic}}, .allow_auto_topic_creation = false};
  const auto response = co_await client.call<MetadataResponse>(request, 9);
  EXPECT_EQ(response.topics.at(0).partitions.size(), expected);
}

TEST(KafkaTopics, are_made_with_partitions_and_configurations) {
  run_with_client([](TestClient& client) -> Task<> {
    const auto made = co_await create_topic(client, "t", 4, {{"retention.ms", "60000"}});
    EXPECT_EQ(made.error_code, ErrorCode::kNone) << made.error_message.value_or("");
    EXPECT_EQ(made.partitions, 4);
    EXPECT_EQ(made.replication_factor, 1);
    const bool has_retention = std::ranges::any_of(
        *made.configs, [](const auto& config) { return config.name == "retention.ms" && config.value == "60000"; });
    EXPECT_TRUE(has_retention);
    co_await expect_partitions(client, "t", 4);
    co_await expect_outcome(client, {.name = "t", .partitions = 4}, ErrorCode::kTopicAlreadyExists);
  });
}

TEST(KafkaTopics, are_refused_with_what_one_broker_cannot_have) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await expect_outcome(client, {.name = "t", .partitions = 0}, ErrorCode::kInvalidPartitions);
    co_await expect_outcome(client, {.name = "t", .partitions = kMaxPartitionsPerTopic + 1},
                            ErrorCode::kInvalidPartitions);
    co_await expect_outcome(client, {.name = "t", .replication_factor = 3}, ErrorCode::kInvalidReplicationFactor);
    co_await expect_outcome(client, {.name = "a b"}, ErrorCode::kInvalidTopicException);
    co_await expect_outcome(client, {.name = "t", .configs = {{"retention.ms", "soon"}}}, ErrorCode::kInvalidConfig);
    co_await expect_outcome(client, {.name = "t", .configs = {{"no.such", "1"}}}, ErrorCode::kInvalidConfig);
    co_await expect_outcome(client, {.name = "t", .assignments = {{0, {2}}}}, ErrorCode::kInvalidReplicaAssignment);
    co_await expect_outcome(client, {.name = "t", .assignments = {{1, {1}}}}, ErrorCode::kInvalidReplicaAssignment);
    co_await expect_outcome(client, {.name = "t", .partitions = 1, .assignments = {{0, {1}}}},
                            ErrorCode::kInvalidRequest);
    co_await expect_partitions(client, "t", 0);
    co_await expect_outcome(client, {.name = "t", .assignments = {{1, {1}}, {0, {1}}}}, ErrorCode::kNone);
    co_await expect_partitions(client, "t", 2);
  });
}

TEST(KafkaTopics, a_topic_that_is_named_twice_is_not_made) {
  run_with_client([](TestClient& client) -> Task<> {
    CreateTopicsRequest request{.topics = {{.name = "t"}, {.name = "u"}, {.name = "t"}}};
    const auto response = co_await client.call<CreateTopicsResponse>(request, 5);
    EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kInvalidRequest);
    EXPECT_EQ(response.topics.at(1).error_code, ErrorCode::kNone);
    co_await expect_partitions(client, "t", 0);
  });
}

TEST(KafkaTopics, can_be_tried_without_being_made) {
  run_with_client([](TestClient& client) -> Task<> {
    co_await expect_outcome(client, {.name = "t"}, ErrorCode::kNone, true);
    co_await expect_partitions(client, "t", 0);
    co_await expect_outcome(client, {.name = "a b"}, ErrorCode::kInvalidTopicException, true);
  });
}

TEST(KafkaTopics, are_deleted_with_their_records) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await produce(client, "t", {{.key = "k", .value = "old"}});
    const auto response = co_await client.call<DeleteTopicsResponse>(DeleteTopicsRequest{.names = {"t", "missing"}}, 5);
    EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kNone);
    EXPECT_EQ(response.topics.at(1).error_code, ErrorCode::kUnknownTopicOrPartition);
    const auto produced = co_await produce(client, "t", {{.key = "k", .value = "new"}});
    EXPECT_EQ(produced.base_offset, 0);
    const auto fetched = co_await fetch(client, fetch_request("t", 0));
    EXPECT_EQ(values_of(fetched), std::vector<std::string>{"new"});
  });
}

TEST(KafkaTopics, get_more_partitions_and_never_fewer) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 2);
    CreatePartitionsRequest request{
        .topics = {{.name = "t", .count = 2},
                   {.name = "missing", .count = 2},
                   {.name = "t", .count = 3, .assignments = std::vector{CreatePartitionsRequest::Assignment{{9}}}},
                   {.name = "t", .count = 5}}};
    const auto response = co_await client.call<CreatePartitionsResponse>(request, 3);
    EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kInvalidPartitions);
    EXPECT_EQ(response.topics.at(1).error_code, ErrorCode::kUnknownTopicOrPartition);
    EXPECT_EQ(response.topics.at(2).error_code, ErrorCode::kInvalidReplicaAssignment);
    EXPECT_EQ(response.topics.at(3).error_code, ErrorCode::kNone);
    co_await expect_partitions(client, "t", 5);
    const auto produced = co_await produce(client, "t", write_batch(std::vector<NewRecord>{{.key = "k"}}), 4);
    EXPECT_EQ(produced.error_code, ErrorCode::kNone);
  });
}

// ---- configurations

Task<DescribeConfigsResponse::Result> describe(TestClient& client, ResourceType type, std::string name) {
  DescribeConfigsRequest request{.resources = {{.type = type, .name = name, .keys = std::nullopt}}};
  request.include_synonyms = true;
  co_return (co_await client.call<DescribeConfigsResponse>(request, 4)).results.at(0);
}

Task<> expect_value(TestClient& client, std::string topic, std::string name, std::string expected) {
  const auto result = co_await describe(client, ResourceType::kTopic, topic);
  const auto at = std::ranges::find(result.configs, name, &DescribeConfigsResponse::Config::name);
  const bool is_there = at != result.configs.end();
  EXPECT_TRUE(is_there) << name;
  if (is_there) EXPECT_EQ(at->value, expected);
}

TEST(KafkaConfigs, all_are_listed_with_where_they_come_from) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1, {{"retention.ms", "60000"}});
    const auto topic = co_await describe(client, ResourceType::kTopic, "t");
    EXPECT_GE(topic.configs.size(), 4U);
    for (const auto& config : topic.configs) {
      const bool is_set = config.name == "retention.ms";
      EXPECT_EQ(config.source, is_set ? ConfigSource::kTopic : ConfigSource::kDefault) << config.name;
    }
    const auto broker = co_await describe(client, ResourceType::kBroker, "1");
    EXPECT_EQ(broker.error_code, ErrorCode::kNone);
    EXPECT_TRUE(std::ranges::all_of(broker.configs, &DescribeConfigsResponse::Config::read_only));
    const auto missing = co_await describe(client, ResourceType::kTopic, "missing");
    EXPECT_EQ(missing.error_code, ErrorCode::kUnknownTopicOrPartition);
    const auto other = co_await describe(client, ResourceType::kBroker, "7");
    EXPECT_EQ(other.error_code, ErrorCode::kInvalidRequest);
  });
}

TEST(KafkaConfigs, only_those_that_are_asked_for_are_listed) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    DescribeConfigsRequest request{
        .resources = {{.type = ResourceType::kTopic, .name = "t", .keys = std::vector<std::string>{"retention.ms"}}}};
    const auto response = co_await client.call<DescribeConfigsResponse>(request, 1);
    EXPECT_EQ(response.results.at(0).configs.size(), 1U);
  });
}

TEST(KafkaConfigs, what_was_read_can_be_written_back_with_a_change) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1);
    AlterConfigsRequest request{.resources = {{.type = ResourceType::kTopic, .name = "t"}}};
    for (const auto& config : (co_await describe(client, ResourceType::kTopic, "t")).configs) {
      const bool changed = config.name == "retention.bytes";
      request.resources[0].configs.push_back(
          {config.name, changed ? std::optional<std::string>("1000") : config.value});
    }
    const auto response = co_await client.call<AlterConfigsResponse>(request, 2);
    EXPECT_EQ(response.resources.at(0).error_code, ErrorCode::kNone)
        << response.resources.at(0).error_message.value_or("");
    co_await expect_value(client, "t", "retention.bytes", "1000");
  });
}

TEST(KafkaConfigs, some_can_be_changed_and_the_others_stay) {
  run_with_client([](TestClient& client) -> Task<> {
    (void)co_await create_topic(client, "t", 1, {{"retention.ms", "60000"}, {"retention.bytes", "5000"}});
    IncrementalAlterConfigsRequest request{.resources = {{.type = ResourceType::kTopic, .name = "t"}}};
    request.resources[0].configs = {{"retention.ms", ConfigOperation::kSet, "70000"},
                                    {"retention.bytes", ConfigOperation::kDelete, std::nullopt}};
    const auto response = co_await client.call<IncrementalAlterConfigsResponse>(request, 1);
    EXPECT_EQ(response.resources.at(0).error_code, ErrorCode::kNone);
    co_await expect_value(client, "t", "retention.ms", "70000");
    co_await expect_value(client, "t", "retention.bytes", "-1");
    request.resources[0].configs = {{"retention.ms", ConfigOperation::kSet, "never"}};
    const auto refused = co_await client.call<IncrementalAlterConfigsResponse>(request, 1);
    EXPECT_EQ(refused.resources.at(0).error_code, ErrorCode::kInvalidConfig);
    co_await expect_value(client, "t", "retention.ms", "70000");
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
