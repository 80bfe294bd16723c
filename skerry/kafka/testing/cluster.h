// SPDX-License-Identifier: Apache-2.0
//
// Cluster: Kafka brokers for tests. Without further ado they are librdkafka's mock brokers, inside the process; where
// the environment variable SKERRY_KAFKA_BROKERS names brokers, those are used, so that the same tests run against any
// Kafka. Topics and groups get names of their own, so that tests may share a cluster.
//
//   kafka::testing::Cluster cluster;
//   std::string topic = cluster.new_topic("orders", 3);
//   auto producer = co_await kafka::Producer::create({.connection = cluster.connection()});
//
// The faults need the mock brokers: tests that make some ask for Cluster::kMock.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/kafka/record.h"

namespace skerry::kafka::testing {

/// The calls of the Kafka protocol for which faults can be made, by their numbers.
enum class Api : std::int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kOffsetCommit = 8,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kInitProducerId = 22,
};

/// What a broker answers instead, by its number in the protocol.
enum class Fault : std::int16_t {
  /// Closes the connection.
  kDisconnect = -195,
  kUnknownTopic = 3,
  kRequestTimedOut = 7,
  kMessageTooLarge = 10,
  kNotCoordinator = 16,
  kNotEnoughReplicas = 19,
  kIllegalGeneration = 22,
  kUnknownMember = 25,
  kTopicAuthorizationFailed = 29,
  kGroupAuthorizationFailed = 30,
  kOutOfOrderSequence = 45,
  kInvalidRecord = 87,
};

/// All calls block; the mock brokers have threads of their own.
class Cluster {
 public:
  enum class Kind : std::uint8_t { kFromEnvironment, kMock };
  explicit Cluster(Kind kind = Kind::kFromEnvironment);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  const std::string& brokers() const { return brokers_; }
  ConnectionOptions connection() const { return {.brokers = brokers_, .client_id = "test"}; }
  /// The mock brokers cannot make topics by request, for one.
  bool is_mock() const;

  /// Makes a topic and gives its name, which begins with this one.
  std::string new_topic(std::string_view name, int partitions);
  /// A name that nobody uses yet.
  static std::string unique(std::string_view name);

  // Faults of the mock brokers.
  // -----------------------------------------------------------------------------------------

  /// The next calls of this kind are answered so, each with one of the faults in turn.
  void fail_next(Api api, const std::vector<Fault>& faults);
  /// Answers this when the topic is asked for.
  void refuse_topic(const std::string& topic, Fault fault);
  /// Closes all connections and accepts none.
  void take_down();
  void bring_up();
  /// How long each answer takes from now on.
  void set_delay(std::chrono::milliseconds delay);

 private:
  class Mock;
  std::unique_ptr<Mock> mock_;
  std::string brokers_;
};

}  // namespace skerry::kafka::testing
