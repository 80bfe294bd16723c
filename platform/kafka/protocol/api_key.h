// SPDX-License-Identifier: Apache-2.0
//
// The requests of the Kafka protocol that this broker answers, each with the versions it speaks. The one thing to know:
// the version of a request decides its encoding. From its first "flexible" version on (KIP-482) a message has compact
// lengths and tagged fields.
//
//   if (const Api* api = find_api(key); api != nullptr && api->serves(version)) ...
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace skerry::platform::kafka::protocol {

enum class ApiKey : std::int16_t {
  kProduce = 0,
  kFetch = 1,
  kListOffsets = 2,
  kMetadata = 3,
  kOffsetCommit = 8,
  kOffsetFetch = 9,
  kFindCoordinator = 10,
  kJoinGroup = 11,
  kHeartbeat = 12,
  kLeaveGroup = 13,
  kSyncGroup = 14,
  kDescribeGroups = 15,
  kListGroups = 16,
  kApiVersions = 18,
  kCreateTopics = 19,
  kDeleteTopics = 20,
  kDeleteRecords = 21,
  kInitProducerId = 22,
  kOffsetForLeaderEpoch = 23,
  kDescribeConfigs = 32,
  kAlterConfigs = 33,
  kCreatePartitions = 37,
  kDeleteGroups = 42,
  kIncrementalAlterConfigs = 44,
  kDescribeCluster = 60,
};

struct Api {
  ApiKey key;
  std::string_view name;
  /// What ApiVersions says.
  std::int16_t first_version;
  std::int16_t last_version;
  std::int16_t first_flexible_version;

  bool serves(std::int16_t version) const { return version >= first_version && version <= last_version; }
  bool is_flexible(std::int16_t version) const { return version >= first_flexible_version; }
};

/// The first version of Produce that carries record batches of format 2, the only ones that are stored. Older ones are
/// advertised and refused when used: librdkafka 2.0.2 compresses only when version 0 is advertised (KAFKA-18659).
inline constexpr std::int16_t kFirstServedProduceVersion = 3;

/// All of them, ascending by key.
std::span<const Api> apis();

/// Null for a key that is not answered.
const Api* find_api(std::int16_t key);

/// Precondition: one of the enumerators above.
const Api& api_of(ApiKey key);

}  // namespace skerry::platform::kafka::protocol
