// SPDX-License-Identifier: Apache-2.0
//
// All messages: every request that is answered with its response, as a list of types. Who needs one message includes
// its own file.
#pragma once

#include <tuple>

#include "platform/kafka/protocol/messages/alter_configs.h"
#include "platform/kafka/protocol/messages/api_versions.h"
#include "platform/kafka/protocol/messages/create_partitions.h"
#include "platform/kafka/protocol/messages/create_topics.h"
#include "platform/kafka/protocol/messages/delete_groups.h"
#include "platform/kafka/protocol/messages/delete_records.h"
#include "platform/kafka/protocol/messages/delete_topics.h"
#include "platform/kafka/protocol/messages/describe_cluster.h"
#include "platform/kafka/protocol/messages/describe_configs.h"
#include "platform/kafka/protocol/messages/describe_groups.h"
#include "platform/kafka/protocol/messages/fetch.h"
#include "platform/kafka/protocol/messages/find_coordinator.h"
#include "platform/kafka/protocol/messages/heartbeat.h"
#include "platform/kafka/protocol/messages/init_producer_id.h"
#include "platform/kafka/protocol/messages/join_group.h"
#include "platform/kafka/protocol/messages/leave_group.h"
#include "platform/kafka/protocol/messages/list_groups.h"
#include "platform/kafka/protocol/messages/list_offsets.h"
#include "platform/kafka/protocol/messages/metadata.h"
#include "platform/kafka/protocol/messages/offset_commit.h"
#include "platform/kafka/protocol/messages/offset_fetch.h"
#include "platform/kafka/protocol/messages/offset_for_leader_epoch.h"
#include "platform/kafka/protocol/messages/produce.h"
#include "platform/kafka/protocol/messages/sync_group.h"

namespace skerry::platform::kafka::protocol {

template <class RequestMessage, class ResponseMessage>
struct Exchange {
  using Request = RequestMessage;
  using Response = ResponseMessage;
  static_assert(Request::kKey == Response::kKey);
  static constexpr ApiKey kKey = Request::kKey;
};

using Exchanges = std::tuple<
    Exchange<ProduceRequest, ProduceResponse>, Exchange<FetchRequest, FetchResponse>,
    Exchange<ListOffsetsRequest, ListOffsetsResponse>, Exchange<MetadataRequest, MetadataResponse>,
    Exchange<OffsetCommitRequest, OffsetCommitResponse>, Exchange<OffsetFetchRequest, OffsetFetchResponse>,
    Exchange<FindCoordinatorRequest, FindCoordinatorResponse>, Exchange<JoinGroupRequest, JoinGroupResponse>,
    Exchange<HeartbeatRequest, HeartbeatResponse>, Exchange<LeaveGroupRequest, LeaveGroupResponse>,
    Exchange<SyncGroupRequest, SyncGroupResponse>, Exchange<DescribeGroupsRequest, DescribeGroupsResponse>,
    Exchange<ListGroupsRequest, ListGroupsResponse>, Exchange<ApiVersionsRequest, ApiVersionsResponse>,
    Exchange<CreateTopicsRequest, CreateTopicsResponse>, Exchange<DeleteTopicsRequest, DeleteTopicsResponse>,
    Exchange<DeleteRecordsRequest, DeleteRecordsResponse>, Exchange<InitProducerIdRequest, InitProducerIdResponse>,
    Exchange<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>,
    Exchange<DescribeConfigsRequest, DescribeConfigsResponse>, Exchange<AlterConfigsRequest, AlterConfigsResponse>,
    Exchange<CreatePartitionsRequest, CreatePartitionsResponse>, Exchange<DeleteGroupsRequest, DeleteGroupsResponse>,
    Exchange<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>,
    Exchange<DescribeClusterRequest, DescribeClusterResponse>>;

/// Calls visit(Exchange()) for each.
template <class Visit>
void for_each_exchange(Visit visit) {
  std::apply([&](auto... exchange) { (visit(exchange), ...); }, Exchanges());
}

}  // namespace skerry::platform::kafka::protocol
