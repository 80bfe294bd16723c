// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"
#include "platform/kafka/server_fixture.h"

namespace skerry::platform::kafka {
namespace {

using namespace protocol;

MetadataRequest metadata_of(std::string topic, bool may_create = true) {
  return {.topics = std::vector{MetadataRequest::Topic{std::move(topic)}}, .allow_auto_topic_creation = may_create};
}

TEST(KafkaMetadata, names_the_numeric_address_that_the_client_has_connected_to) {
  const disk::TemporaryDirectory directory;
  run_server(options_in(directory.path()), [](Server& server) -> Task<> {
    auto client = co_await TestClient::connect(server.address());
    for (std::int16_t version = 0; version <= 9; ++version) {
      const auto response = co_await client->call<MetadataResponse>(MetadataRequest(), version);
      EXPECT_EQ(response.brokers.size(), 1U);
      EXPECT_EQ(response.brokers.at(0).host, "127.0.0.1");
      EXPECT_EQ(response.brokers.at(0).port, server.address().port());
      if (version >= 1) EXPECT_EQ(response.controller_id, kNodeId);
    }
  });
}

TEST(KafkaMetadata, names_the_advertised_address_where_there_is_one) {
  const disk::TemporaryDirectory directory;
  ServerOptions options = options_in(directory.path());
  options.advertise = net::HostPort{.host = "kafka.example", .port = 19092};
  run_with_client(options, [](TestClient& client) -> Task<> {
    const auto metadata = co_await client.call<MetadataResponse>(MetadataRequest(), 9);
    EXPECT_EQ(metadata.brokers.at(0).host, "kafka.example");
    const auto found = co_await client.call<FindCoordinatorResponse>(FindCoordinatorRequest{.key = "group"}, 2);
    EXPECT_EQ(found.host, "kafka.example");
    EXPECT_EQ(found.port, 19092);
    const auto cluster = co_await client.call<DescribeClusterResponse>(DescribeClusterRequest(), 1);
    EXPECT_EQ(cluster.brokers.at(0).port, 19092);
    EXPECT_EQ(cluster.cluster_id, metadata.cluster_id);
  });
}

TEST(KafkaMetadata, a_topic_that_is_asked_for_comes_into_being) {
  const disk::TemporaryDirectory directory;
  ServerOptions options = options_in(directory.path());
  options.default_partitions = 3;
  run_with_client(options, [](TestClient& client) -> Task<> {
    const auto refused = co_await client.call<MetadataResponse>(metadata_of("t", false), 9);
    EXPECT_EQ(refused.topics.at(0).error_code, ErrorCode::kUnknownTopicOrPartition);
    const auto made = co_await client.call<MetadataResponse>(metadata_of("t"), 9);
    EXPECT_EQ(made.topics.at(0).error_code, ErrorCode::kNone);
    EXPECT_EQ(made.topics.at(0).partitions.size(), 3U);
    EXPECT_EQ(made.topics.at(0).partitions.at(2).leader_id, kNodeId);
    const auto all = co_await client.call<MetadataResponse>(MetadataRequest(), 9);
    EXPECT_EQ(all.topics.size(), 1U);
    const auto none =
        co_await client.call<MetadataResponse>(MetadataRequest{.topics = std::vector<MetadataRequest::Topic>{}}, 1);
    EXPECT_TRUE(none.topics.empty());
    // In version 0 no topics means all.
    const auto old =
        co_await client.call<MetadataResponse>(MetadataRequest{.topics = std::vector<MetadataRequest::Topic>{}}, 0);
    EXPECT_EQ(old.topics.size(), 1U);
  });
}

TEST(KafkaMetadata, a_name_that_no_topic_may_have_is_told) {
  run_with_client([](TestClient& client) -> Task<> {
    for (const std::string name : {"", ".", "a b", "a/b", "ü"}) {
      const auto response = co_await client.call<MetadataResponse>(metadata_of(name), 9);
      EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kInvalidTopicException) << name;
    }
  });
}

TEST(KafkaMetadata, without_automatic_creation_nothing_comes_into_being) {
  const disk::TemporaryDirectory directory;
  ServerOptions options = options_in(directory.path());
  options.auto_create_topics = false;
  run_with_client(options, [](TestClient& client) -> Task<> {
    const auto response = co_await client.call<MetadataResponse>(metadata_of("t"), 9);
    EXPECT_EQ(response.topics.at(0).error_code, ErrorCode::kUnknownTopicOrPartition);
  });
}

TEST(KafkaMetadata, the_cluster_keeps_its_id) {
  const disk::TemporaryDirectory directory;
  std::string id;
  for (int round = 0; round < 2; ++round) {
    run_with_client(options_in(directory.path()), [&](TestClient& client) -> Task<> {
      const auto response = co_await client.call<MetadataResponse>(MetadataRequest(), 9);
      if (!id.empty()) EXPECT_EQ(response.cluster_id, id);
      id = response.cluster_id.value_or("");
      EXPECT_FALSE(id.empty());
    });
  }
}

TEST(KafkaCluster, is_no_coordinator_of_transactions) {
  run_with_client([](TestClient& client) -> Task<> {
    const auto old =
        co_await client.call<FindCoordinatorResponse>(FindCoordinatorRequest{.key = "tx", .key_type = 1}, 2);
    EXPECT_EQ(old.error_code, ErrorCode::kTransactionalIdAuthorizationFailed);
    const auto groups =
        co_await client.call<FindCoordinatorResponse>(FindCoordinatorRequest{.key_type = 0, .keys = {"a", "b"}}, 4);
    EXPECT_EQ(groups.coordinators.size(), 2U);
    EXPECT_EQ(groups.coordinators.at(1).key, "b");
    EXPECT_EQ(groups.coordinators.at(1).node_id, kNodeId);
  });
}

}  // namespace
}  // namespace skerry::platform::kafka
