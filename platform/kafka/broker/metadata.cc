// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka {
namespace {

using protocol::ErrorCode;
using protocol::MetadataRequest;
using protocol::MetadataResponse;

MetadataResponse::Topic describe(const log::Topic& topic) {
  MetadataResponse::Topic answer{.name = topic.name};
  for (std::int32_t index = 0; index < topic.partitions; ++index) {
    answer.partitions.push_back({.index = index,
                                 .leader_id = kNodeId,
                                 .leader_epoch = log::kLeaderEpoch,
                                 .replica_nodes = {kNodeId},
                                 .isr_nodes = {kNodeId}});
  }
  return answer;
}

Task<MetadataResponse::Topic> describe_wanted(Broker& broker, std::string name, bool may_create) {
  if (const auto topic = broker.store.topic(name)) co_return describe(*topic);
  if (!may_create) co_return MetadataResponse::Topic{.error_code = ErrorCode::kUnknownTopicOrPartition, .name = name};
  const Result<log::Topic> made = co_await find_or_create_topic(broker, name).result();
  if (made) co_return describe(*made);
  co_return MetadataResponse::Topic{.error_code = protocol::error_code_of(made.error()), .name = name};
}

}  // namespace

Task<log::Topic> find_or_create_topic(Broker& broker, std::string name) {
  if (auto topic = broker.store.topic(name)) co_return *std::move(topic);
  if (!broker.options.auto_create_topics)
    co_return protocol::kafka_error(ErrorCode::kUnknownTopicOrPartition, "there is no topic {}; create it first", name);
  Result<log::Topic> made =
      co_await broker.store.create_topic({.name = name, .partitions = broker.options.default_partitions, .configs = {}})
          .result();
  // Somebody else may have made it meanwhile.
  if (!made && protocol::error_code_of(made.error()) == ErrorCode::kTopicAlreadyExists)
    if (auto topic = broker.store.topic(name)) co_return *std::move(topic);
  co_return co_await std::move(made);
}

Task<MetadataResponse> handle(Broker& broker, Caller caller, MetadataRequest request) {
  const net::HostPort address = advertised(broker, caller);
  MetadataResponse response{.cluster_id = broker.cluster_id, .controller_id = kNodeId};
  response.brokers.push_back({.node_id = kNodeId, .host = address.host, .port = address.port});
  const bool all = !request.topics || (caller.version == 0 && request.topics->empty());
  if (all) {
    for (const log::Topic& topic : broker.store.topics()) response.topics.push_back(describe(topic));
    co_return response;
  }
  // Before version 4 every client means that it wants the topic made.
  const bool may_create =
      broker.options.auto_create_topics && (caller.version < 4 || request.allow_auto_topic_creation);
  for (const MetadataRequest::Topic& topic : *request.topics) {
    response.topics.push_back(co_await describe_wanted(broker, topic.name, may_create));
    const ErrorCode code = response.topics.back().error_code;
    if (code != ErrorCode::kNone) broker.metrics.refused(code);
  }
  co_return response;
}

}  // namespace skerry::platform::kafka
