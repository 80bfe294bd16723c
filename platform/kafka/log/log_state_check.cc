// SPDX-License-Identifier: Apache-2.0
//
// What may be changed, and what is refused.
#include <algorithm>

#include "platform/kafka/log/errors.h"
#include "platform/kafka/log/log_state.h"

namespace skerry::platform::kafka::log {
namespace {

using storage::Entry;

// Kafka's rule for names, org.apache.kafka.common.internals.Topic.
constexpr std::size_t kMaxTopicNameBytes = 249;

bool legal_topic_name(const std::string& name) {
  const auto legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kMaxTopicNameBytes && name != "." && name != ".." &&
         std::ranges::all_of(name, legal);
}

std::unexpected<Error> refuse(ErrorCode error, std::string message) {
  return fail(make_kafka_error(error, std::move(message)));
}

}  // namespace

Result<> LogState::check(Entry& entry) const {
  switch (entry.change_case()) {
    case Entry::kCreateTopic:
      return check_create(*entry.mutable_create_topic());
    case Entry::kDeleteTopic:
      if (auto topic = existing(entry.delete_topic().name()); !topic) return fail(std::move(topic));
      return {};
    case Entry::kSetPartitions:
      return check_partitions(entry.set_partitions());
    case Entry::kSetConfigs: {
      if (auto topic = existing(entry.set_configs().name()); !topic) return fail(std::move(topic));
      const auto& configs = entry.set_configs().configs();
      if (auto config = parse_configs({configs.begin(), configs.end()}, options_.defaults); !config)
        return fail(std::move(config));
      return {};
    }
    case Entry::kSetLogStarts:
      return check_starts(*entry.mutable_set_log_starts());
    case Entry::kCommitOffsets:
      return check_offsets(entry.commit_offsets());
    case Entry::kDeleteOffsets:
      if (offsets_.find(entry.delete_offsets().group()) == nullptr)
        return refuse(ErrorCode::kGroupIdNotFound,
                      fmt::format("group {} has no committed offsets", entry.delete_offsets().group()));
      return {};
    case Entry::kDeleteGroups:
      for (const auto& group : entry.delete_groups().groups())
        if (offsets_.find(group) == nullptr)
          return refuse(ErrorCode::kGroupIdNotFound, fmt::format("group {} has no committed offsets", group));
      return {};
    default:
      return {};
  }
}

Result<> LogState::check_spec(const TopicSpec& spec) const {
  if (!legal_topic_name(spec.name))
    return refuse(ErrorCode::kInvalidTopicException,
                  fmt::format("a topic's name has 1 to {} letters, digits, '.', '_' and '-', and is not '.' or '..'",
                              kMaxTopicNameBytes));
  if (spec.partitions < 1) return refuse(ErrorCode::kInvalidPartitions, "a topic has at least one partition");
  if (auto config = parse_configs(spec.configs, options_.defaults); !config) return fail(std::move(config));
  if (find_topic(spec.name) != nullptr)
    return refuse(ErrorCode::kTopicAlreadyExists, fmt::format("topic {} exists", spec.name));
  if (topics_.size() >= options_.limits.max_topics)
    return refuse(ErrorCode::kPolicyViolation,
                  fmt::format("there are {} topics, which is the limit; delete some first", topics_.size()));
  if (static_cast<std::size_t>(spec.partitions) + partition_count_ > options_.limits.max_partitions)
    return refuse(ErrorCode::kPolicyViolation, fmt::format("with {} more there would be more than {} partitions",
                                                           spec.partitions, options_.limits.max_partitions));
  return {};
}

Result<> LogState::check_create(storage::CreateTopic& create) const {
  create.set_id(next_topic_id_);
  return check_spec({.name = create.name(),
                     .partitions = create.partitions(),
                     .configs = {create.configs().begin(), create.configs().end()}});
}

Result<> LogState::check_partitions(const storage::SetPartitions& change) const {
  auto topic = existing(change.name());
  if (!topic) return fail(std::move(topic));
  const std::int32_t now = (*topic)->topic.partitions;
  if (change.partitions() <= now)
    return refuse(ErrorCode::kInvalidPartitions,
                  fmt::format("topic {} has {} partitions already; it can only get more", change.name(), now));
  if (partition_count_ + static_cast<std::size_t>(change.partitions() - now) > options_.limits.max_partitions)
    return refuse(ErrorCode::kPolicyViolation,
                  fmt::format("there would be more than {} partitions", options_.limits.max_partitions));
  return {};
}

Result<> LogState::check_starts(storage::SetLogStarts& change) const {
  for (auto& start : *change.mutable_starts()) {
    const PartitionLog* partition = find({start.topic_id(), start.partition()});
    if (partition == nullptr) return refuse(ErrorCode::kUnknownTopicOrPartition, "there is no such partition any more");
    if (start.offset() == -1) start.set_offset(partition->next_offset());
    if (start.offset() < 0 || start.offset() > partition->next_offset())
      return refuse(ErrorCode::kOffsetOutOfRange, fmt::format("offset {} is not between 0 and the high watermark {}",
                                                              start.offset(), partition->next_offset()));
  }
  return {};
}

Result<> LogState::check_offsets(const storage::CommitOffsets& change) const {
  const OffsetTable::Group* group = offsets_.find(change.group());
  std::size_t bytes = 0;
  for (const auto& offset : change.offsets()) {
    const TopicPartition partition{offset.topic(), offset.partition()};
    if (auto key = key_of(partition); !key) return fail(std::move(key));
    if (offset.metadata().size() > kMaxOffsetMetadataBytes)
      return refuse(ErrorCode::kInvalidRequest,
                    fmt::format("an offset's metadata has at most {} bytes", kMaxOffsetMetadataBytes));
    if (group != nullptr && group->offsets.contains(partition)) continue;
    bytes += OffsetTable::bytes_of(change.group(), partition, offset.metadata().size());
  }
  const LogLimits& limits = options_.limits;
  // A group that only moves its offsets on is not held up by a limit.
  if (bytes == 0) return {};
  const bool too_many_groups = group == nullptr && offsets_.groups().size() >= limits.max_groups;
  if (too_many_groups || offsets_.bytes() + bytes > limits.max_offset_bytes ||
      offsets_.size() + static_cast<std::size_t>(change.offsets_size()) > limits.max_offsets)
    return refuse(ErrorCode::kPolicyViolation,
                  "the store keeps no more committed offsets; delete groups that are not used any more");
  return {};
}

}  // namespace skerry::platform::kafka::log
