// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;
using protocol::OffsetCommitRequest;
using protocol::OffsetCommitResponse;
using protocol::OffsetFetchRequest;
using protocol::OffsetFetchResponse;

/// From here on OffsetFetch asks for several groups.
constexpr std::int16_t kFirstVersionWithGroups = 8;

ErrorCode check_offset(const Broker& broker, const std::string& topic, const OffsetCommitRequest::Partition& offset) {
  if (offset.committed_metadata.value_or("").size() > log::kMaxOffsetMetadataBytes)
    return ErrorCode::kOffsetMetadataTooLarge;
  return broker.store.state({topic, offset.index}) ? ErrorCode::kNone : ErrorCode::kUnknownTopicOrPartition;
}

OffsetFetchResponse::Partition place_of(std::int32_t index, const std::optional<log::CommittedOffset>& committed) {
  OffsetFetchResponse::Partition place{.index = index, .metadata = ""};
  if (!committed) return place;
  place.committed_offset = committed->offset;
  place.committed_leader_epoch = committed->leader_epoch;
  place.metadata = committed->metadata;
  return place;
}

std::vector<OffsetFetchResponse::Topic> offsets_of(
    const Broker& broker, const std::string& group,
    const std::optional<std::vector<OffsetFetchRequest::Topic>>& wanted) {
  std::vector<OffsetFetchResponse::Topic> topics;
  if (wanted) {
    for (const OffsetFetchRequest::Topic& topic : *wanted) {
      OffsetFetchResponse::Topic& answer = topics.emplace_back();
      answer.name = topic.name;
      for (const std::int32_t index : topic.partitions)
        answer.partitions.push_back(place_of(index, broker.store.committed(group, {topic.name, index})));
    }
    return topics;
  }
  for (const auto& [partition, committed] : broker.store.committed(group)) {
    if (topics.empty() || topics.back().name != partition.topic) topics.push_back({.name = partition.topic});
    topics.back().partitions.push_back(place_of(partition.partition, committed));
  }
  return topics;
}

}  // namespace

Task<OffsetCommitResponse> handle(Broker& broker, Caller, OffsetCommitRequest request) {
  OffsetCommitResponse response;
  std::vector<log::OffsetCommit> commits;
  for (const OffsetCommitRequest::Topic& topic : request.topics) {
    OffsetCommitResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const OffsetCommitRequest::Partition& offset : topic.partitions) {
      const ErrorCode code = check_offset(broker, topic.name, offset);
      answer.partitions.push_back({.index = offset.index, .error_code = code});
      if (code != ErrorCode::kNone) {
        broker.metrics.refused(code);
        continue;
      }
      commits.push_back({.partition = {topic.name, offset.index},
                         .offset = offset.committed_offset,
                         .leader_epoch = offset.committed_leader_epoch,
                         .metadata = offset.committed_metadata.value_or("")});
    }
  }
  std::optional<log::PendingChange> pending;
  const ErrorCode sender =
      broker.groups.check_commit({.group = request.group_id,
                                  .generation = request.generation_id,
                                  .member_id = request.member_id,
                                  .instance_id = request.group_instance_id},
                                 [&] {
                                   if (commits.empty()) return;
                                   pending = broker.store.begin_commit_offsets(request.group_id, std::move(commits));
                                 });
  ErrorCode code = sender;
  if (pending) {
    const Result<> stored = co_await pending->wait().result();
    if (!stored) code = protocol::error_code_of(stored.error());
  }
  if (code == ErrorCode::kNone) co_return response;
  broker.metrics.refused(code);
  for (OffsetCommitResponse::Topic& topic : response.topics) {
    for (OffsetCommitResponse::Partition& partition : topic.partitions) {
      // A sender that is refused is told nothing of the partitions.
      if (sender != ErrorCode::kNone || partition.error_code == ErrorCode::kNone) partition.error_code = code;
    }
  }
  co_return response;
}

Task<OffsetFetchResponse> handle(Broker& broker, Caller caller, OffsetFetchRequest request) {
  OffsetFetchResponse response;
  if (caller.version < kFirstVersionWithGroups) response.topics = offsets_of(broker, request.group_id, request.topics);
  for (const OffsetFetchRequest::Group& group : request.groups)
    response.groups.push_back({.group_id = group.group_id, .topics = offsets_of(broker, group.group_id, group.topics)});
  co_return response;
}

}  // namespace skerry::platform::kafka
