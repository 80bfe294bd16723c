// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>
#include <utility>

#include "platform/kafka/broker/handlers.h"
#include "platform/kafka/log/topic_config.h"
#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka {
namespace {

using protocol::CreateTopicsRequest;
using protocol::CreateTopicsResponse;
using protocol::ErrorCode;
using protocol::kafka_error;

constexpr std::int32_t kBrokerDefault = -1;
/// The one of a cluster of one node.
constexpr std::int16_t kReplicationFactor = 1;

// The number of partitions that an assignment by hand comes to: each is on this node, and none is left out.
Result<std::int32_t> count_assigned(const std::vector<CreateTopicsRequest::Assignment>& assignments) {
  std::set<std::int32_t> indexes;
  for (const CreateTopicsRequest::Assignment& assignment : assignments) {
    if (assignment.broker_ids != std::vector{kNodeId}) {
      return fail(kafka_error(ErrorCode::kInvalidReplicaAssignment, "every partition is assigned to the one broker, {}",
                              kNodeId));
    }
    indexes.insert(assignment.partition_index);
  }
  const auto count = static_cast<std::int32_t>(assignments.size());
  if (indexes.size() != assignments.size() || *indexes.begin() != 0 || *indexes.rbegin() != count - 1)
    return fail(kafka_error(ErrorCode::kInvalidReplicaAssignment, "partitions are numbered from 0 without gaps"));
  return count;
}

Result<std::int32_t> partitions_of(const CreateTopicsRequest::Topic& topic, std::int32_t default_partitions) {
  if (!topic.assignments.empty()) {
    if (topic.partitions != kBrokerDefault || topic.replication_factor != kBrokerDefault) {
      return fail(
          kafka_error(ErrorCode::kInvalidRequest, "give an assignment of partitions or their number, not both"));
    }
    return count_assigned(topic.assignments);
  }
  if (topic.replication_factor != kBrokerDefault && topic.replication_factor != kReplicationFactor) {
    return fail(kafka_error(ErrorCode::kInvalidReplicationFactor,
                            "the replication factor is 1, as there is one broker, not {}", topic.replication_factor));
  }
  const std::int32_t wanted = topic.partitions == kBrokerDefault ? default_partitions : topic.partitions;
  if (wanted < 1 || wanted > kMaxPartitionsPerTopic) {
    return fail(kafka_error(ErrorCode::kInvalidPartitions, "a topic has 1 to {} partitions, not {}",
                            kMaxPartitionsPerTopic, wanted));
  }
  return wanted;
}

Result<log::TopicSpec> spec_of(const CreateTopicsRequest::Topic& topic, std::int32_t default_partitions) {
  Result<std::int32_t> partitions = partitions_of(topic, default_partitions);
  if (!partitions) return fail(std::move(partitions));
  log::TopicSpec spec{.name = topic.name, .partitions = *partitions, .configs = {}};
  for (const CreateTopicsRequest::Config& config : topic.configs)
    if (config.value) spec.configs[config.name] = *config.value;
  return spec;
}

Task<log::Topic> create(Broker& broker, log::TopicSpec spec, bool validate_only) {
  if (!validate_only) co_return co_await broker.store.create_topic(std::move(spec));
  co_await broker.store.check_topic(spec);
  co_return log::Topic{.name = spec.name, .id = 0, .partitions = spec.partitions, .configs = spec.configs};
}

protocol::Uuid uuid_of(log::TopicId id) {
  protocol::Uuid uuid{};
  for (std::size_t i = 0; i < sizeof id; ++i) uuid[uuid.size() - 1 - i] = static_cast<char>(id >> (8 * i) & 0xff);
  return uuid;
}

void describe(const Broker& broker, const log::Topic& topic, CreateTopicsResponse::Topic& answer) {
  answer.topic_id = uuid_of(topic.id);
  answer.partitions = topic.partitions;
  answer.replication_factor = kReplicationFactor;
  answer.configs.emplace();
  for (const log::ConfigEntry& entry : log::describe_configs(topic.configs, broker.options.topic_defaults)) {
    const auto source = entry.is_default ? protocol::ConfigSource::kDefault : protocol::ConfigSource::kTopic;
    answer.configs->push_back({.name = entry.name, .value = entry.value, .source = static_cast<std::int8_t>(source)});
  }
}

// Writes a failure into an answer that has a place for its text.
template <class Answer>
void refuse(Broker& broker, Answer& answer, const Error& error) {
  answer.error_code = protocol::error_code_of(error);
  answer.error_message = error.message();
  broker.metrics.refused(answer.error_code);
}

// Only of how many partitions there are to be is a broker of one node asked; where they are is not a question.
Task<> add_partitions(Broker& broker, protocol::CreatePartitionsRequest::Topic wanted, bool validate_only) {
  const std::optional<log::Topic> topic = broker.store.topic(wanted.name);
  if (!topic) co_await kafka_error(ErrorCode::kUnknownTopicOrPartition, "there is no topic {}", wanted.name);
  if (wanted.count <= topic->partitions || wanted.count > kMaxPartitionsPerTopic) {
    co_await kafka_error(
        ErrorCode::kInvalidPartitions, "topic {} has {} partitions, and can have up to {} more, not {}", wanted.name,
        topic->partitions, kMaxPartitionsPerTopic - topic->partitions, wanted.count - topic->partitions);
  }
  if (wanted.assignments) {
    const bool all_here = std::ranges::all_of(
        *wanted.assignments, [](const auto& assignment) { return assignment.broker_ids == std::vector{kNodeId}; });
    if (!all_here || wanted.assignments->size() != static_cast<std::size_t>(wanted.count - topic->partitions)) {
      co_await kafka_error(ErrorCode::kInvalidReplicaAssignment, "an assignment names broker {} for each new partition",
                           kNodeId);
    }
  }
  if (!validate_only) co_await broker.store.set_partitions(wanted.name, wanted.count);
}

}  // namespace

Task<CreateTopicsResponse> handle(Broker& broker, Caller, CreateTopicsRequest request) {
  CreateTopicsResponse response;
  std::map<std::string, int> mentioned;
  for (const CreateTopicsRequest::Topic& topic : request.topics) ++mentioned[topic.name];
  for (const CreateTopicsRequest::Topic& topic : request.topics) {
    CreateTopicsResponse::Topic& answer = response.topics.emplace_back();
    answer.name = topic.name;
    if (mentioned[topic.name] > 1) {
      refuse(broker, answer, kafka_error(ErrorCode::kInvalidRequest, "topic {} is named twice", topic.name));
      continue;
    }
    Result<log::TopicSpec> spec = spec_of(topic, broker.options.default_partitions);
    if (!spec) {
      refuse(broker, answer, spec.error());
      continue;
    }
    Result<log::Topic> made = co_await create(broker, *std::move(spec), request.validate_only).result();
    if (made) {
      describe(broker, *made, answer);
    } else {
      refuse(broker, answer, made.error());
    }
  }
  co_return response;
}

Task<protocol::DeleteTopicsResponse> handle(Broker& broker, Caller, protocol::DeleteTopicsRequest request) {
  protocol::DeleteTopicsResponse response;
  for (const std::string& name : request.names) {
    auto& answer = response.topics.emplace_back();
    answer.name = name;
    const Result<> deleted = co_await broker.store.delete_topic(name).result();
    if (!deleted) refuse(broker, answer, deleted.error());
  }
  co_return response;
}

Task<protocol::CreatePartitionsResponse> handle(Broker& broker, Caller, protocol::CreatePartitionsRequest request) {
  protocol::CreatePartitionsResponse response;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    const Result<> added = co_await add_partitions(broker, topic, request.validate_only).result();
    if (!added) refuse(broker, answer, added.error());
  }
  co_return response;
}

Task<protocol::DeleteRecordsResponse> handle(Broker& broker, Caller, protocol::DeleteRecordsRequest request) {
  protocol::DeleteRecordsResponse response;
  for (const auto& topic : request.topics) {
    auto& answer = response.topics.emplace_back();
    answer.name = topic.name;
    for (const auto& partition : topic.partitions) {
      auto& place = answer.partitions.emplace_back();
      place.index = partition.index;
      const Result<log::Offset> start =
          co_await broker.store.delete_records({topic.name, partition.index}, partition.offset).result();
      if (start) {
        place.low_watermark = *start;
      } else {
        place.error_code = protocol::error_code_of(start.error());
        broker.metrics.refused(place.error_code);
      }
    }
  }
  co_return response;
}

}  // namespace skerry::platform::kafka
