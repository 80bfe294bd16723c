// SPDX-License-Identifier: Apache-2.0
//
// The handlers: one for each request of the protocol. What goes wrong in operation is in the response, with the
// protocol's error code where the version has a place for it. Each may run on any worker, and beside any other.
//
//   FetchResponse response = co_await handle(broker, caller, std::move(request));
//
// The broker outlives the tasks. Source: https://kafka.apache.org/protocol, and the KIPs that the handlers name.
#pragma once

#include <vector>

#include "platform/kafka/broker/broker.h"
#include "platform/kafka/log/log_store.h"
#include "platform/kafka/protocol/messages.h"
#include "skerry/async/task.h"

namespace skerry::platform::kafka {

/// A Produce whose batches are in the log's queue: answered by finish().
struct ProduceUnderWay {
  protocol::ProduceResponse response;
  log::PendingAppends appends;
  /// For each append, in order: where its result goes in the response, and what it carries.
  struct Append {
    std::size_t topic = 0;
    std::size_t partition = 0;
    std::int64_t records = 0;
    std::size_t bytes = 0;
  };
  std::vector<Append> places;
};

/// Checks the batches and puts them into the log's queue. Begun one after another, the requests of a connection keep
/// their order in every partition, although they are made durable together.
Task<ProduceUnderWay> begin(Broker& broker, Caller caller, protocol::ProduceRequest request);
/// Waits until the batches are durable or refused.
Task<protocol::ProduceResponse> finish(Broker& broker, ProduceUnderWay under_way);

/// Waits until there is enough to fetch, or the time is over, or a partition has an error.
Task<protocol::FetchResponse> handle(Broker&, Caller, protocol::FetchRequest);
Task<protocol::ListOffsetsResponse> handle(Broker&, Caller, protocol::ListOffsetsRequest);
Task<protocol::MetadataResponse> handle(Broker&, Caller, protocol::MetadataRequest);
Task<protocol::OffsetForLeaderEpochResponse> handle(Broker&, Caller, protocol::OffsetForLeaderEpochRequest);

Task<protocol::OffsetCommitResponse> handle(Broker&, Caller, protocol::OffsetCommitRequest);
Task<protocol::OffsetFetchResponse> handle(Broker&, Caller, protocol::OffsetFetchRequest);

/// These two wait for the other members of the group.
Task<protocol::JoinGroupResponse> handle(Broker&, Caller, protocol::JoinGroupRequest);
Task<protocol::SyncGroupResponse> handle(Broker&, Caller, protocol::SyncGroupRequest);
Task<protocol::HeartbeatResponse> handle(Broker&, Caller, protocol::HeartbeatRequest);
Task<protocol::LeaveGroupResponse> handle(Broker&, Caller, protocol::LeaveGroupRequest);
Task<protocol::DescribeGroupsResponse> handle(Broker&, Caller, protocol::DescribeGroupsRequest);
Task<protocol::ListGroupsResponse> handle(Broker&, Caller, protocol::ListGroupsRequest);
Task<protocol::DeleteGroupsResponse> handle(Broker&, Caller, protocol::DeleteGroupsRequest);

Task<protocol::ApiVersionsResponse> handle(Broker&, Caller, protocol::ApiVersionsRequest);
Task<protocol::FindCoordinatorResponse> handle(Broker&, Caller, protocol::FindCoordinatorRequest);
Task<protocol::DescribeClusterResponse> handle(Broker&, Caller, protocol::DescribeClusterRequest);
Task<protocol::InitProducerIdResponse> handle(Broker&, Caller, protocol::InitProducerIdRequest);

Task<protocol::CreateTopicsResponse> handle(Broker&, Caller, protocol::CreateTopicsRequest);
Task<protocol::DeleteTopicsResponse> handle(Broker&, Caller, protocol::DeleteTopicsRequest);
Task<protocol::CreatePartitionsResponse> handle(Broker&, Caller, protocol::CreatePartitionsRequest);
Task<protocol::DeleteRecordsResponse> handle(Broker&, Caller, protocol::DeleteRecordsRequest);
Task<protocol::DescribeConfigsResponse> handle(Broker&, Caller, protocol::DescribeConfigsRequest);
Task<protocol::AlterConfigsResponse> handle(Broker&, Caller, protocol::AlterConfigsRequest);
Task<protocol::IncrementalAlterConfigsResponse> handle(Broker&, Caller, protocol::IncrementalAlterConfigsRequest);

/// What ApiVersions lists, also in the answer to a version of it that is not known.
std::vector<protocol::ApiVersionsResponse::Range> version_ranges();

/// The error for a client that believes in another leader epoch than there is (KIP-320); kNone for -1.
protocol::ErrorCode check_leader_epoch(std::int32_t epoch);

}  // namespace skerry::platform::kafka
