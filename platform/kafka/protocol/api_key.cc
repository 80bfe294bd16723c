// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/api_key.h"

#include <algorithm>
#include <array>

#include "skerry/base/check.h"

namespace skerry::platform::kafka::protocol {
namespace {

// Below the versions that name topics by id alone (Produce 13, Fetch 13, DeleteTopics 6), as topics are known by name.
constexpr std::array kApis = {
    Api{ApiKey::kProduce, "Produce", 0, 9, 9},
    Api{ApiKey::kFetch, "Fetch", 4, 11, 12},
    Api{ApiKey::kListOffsets, "ListOffsets", 1, 7, 6},
    Api{ApiKey::kMetadata, "Metadata", 0, 9, 9},
    Api{ApiKey::kOffsetCommit, "OffsetCommit", 2, 8, 8},
    Api{ApiKey::kOffsetFetch, "OffsetFetch", 1, 8, 6},
    Api{ApiKey::kFindCoordinator, "FindCoordinator", 0, 4, 3},
    Api{ApiKey::kJoinGroup, "JoinGroup", 0, 7, 6},
    Api{ApiKey::kHeartbeat, "Heartbeat", 0, 4, 4},
    Api{ApiKey::kLeaveGroup, "LeaveGroup", 0, 4, 4},
    Api{ApiKey::kSyncGroup, "SyncGroup", 0, 5, 4},
    Api{ApiKey::kDescribeGroups, "DescribeGroups", 0, 5, 5},
    Api{ApiKey::kListGroups, "ListGroups", 0, 5, 3},
    Api{ApiKey::kApiVersions, "ApiVersions", 0, 3, 3},
    Api{ApiKey::kCreateTopics, "CreateTopics", 0, 7, 5},
    Api{ApiKey::kDeleteTopics, "DeleteTopics", 0, 5, 4},
    Api{ApiKey::kDeleteRecords, "DeleteRecords", 0, 2, 2},
    Api{ApiKey::kInitProducerId, "InitProducerId", 0, 4, 2},
    Api{ApiKey::kOffsetForLeaderEpoch, "OffsetForLeaderEpoch", 2, 4, 4},
    Api{ApiKey::kDescribeConfigs, "DescribeConfigs", 0, 4, 4},
    Api{ApiKey::kAlterConfigs, "AlterConfigs", 0, 2, 2},
    Api{ApiKey::kCreatePartitions, "CreatePartitions", 0, 3, 2},
    Api{ApiKey::kDeleteGroups, "DeleteGroups", 0, 2, 2},
    Api{ApiKey::kIncrementalAlterConfigs, "IncrementalAlterConfigs", 0, 1, 1},
    Api{ApiKey::kDescribeCluster, "DescribeCluster", 0, 1, 0},
};
static_assert(std::ranges::is_sorted(kApis, {}, &Api::key));

}  // namespace

std::span<const Api> apis() { return kApis; }

const Api* find_api(std::int16_t key) {
  const auto at = std::ranges::lower_bound(kApis, static_cast<ApiKey>(key), {}, &Api::key);
  return at != kApis.end() && at->key == static_cast<ApiKey>(key) ? &*at : nullptr;
}

const Api& api_of(ApiKey key) {
  const Api* api = find_api(static_cast<std::int16_t>(key));
  SKERRY_CHECK(api != nullptr, "every key of the enumeration is in the table");
  return *api;
}

}  // namespace skerry::platform::kafka::protocol
