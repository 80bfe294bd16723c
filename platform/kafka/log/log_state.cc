// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/log_state.h"

#include <algorithm>

#include "platform/kafka/log/errors.h"
#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {
namespace {

using storage::Entry;

TopicConfigs configs_from(const google::protobuf::Map<std::string, std::string>& configs) {
  return {configs.begin(), configs.end()};
}

}  // namespace

LogState::LogState(const LogOptions& options) : options_(options), producers_(options.limits.max_producers) {}

// ---- look-ups

const TopicState* LogState::find_topic(const std::string& name) const {
  const auto topic = topics_.find(name);
  return topic == topics_.end() ? nullptr : &topic->second;
}

const TopicState* LogState::find_topic(TopicId id) const {
  const auto topic = topics_by_id_.find(id);
  return topic == topics_by_id_.end() ? nullptr : topic->second;
}

TopicState* LogState::find_mutable(const std::string& name) {
  const auto topic = topics_.find(name);
  return topic == topics_.end() ? nullptr : &topic->second;
}

PartitionLog* LogState::find(const PartitionKey& key) {
  return const_cast<PartitionLog*>(std::as_const(*this).find(key));  // NOLINT: the object is not const here
}

const PartitionLog* LogState::find(const PartitionKey& key) const {
  const TopicState* topic = find_topic(key.topic);
  if (topic == nullptr || key.partition < 0 || std::cmp_greater_equal(key.partition, topic->partitions.size()))
    return nullptr;
  return &topic->partitions[static_cast<std::size_t>(key.partition)];
}

Result<PartitionKey> LogState::key_of(const TopicPartition& partition) const {
  auto topic = existing(partition.topic);
  if (!topic) return fail(std::move(topic));
  const PartitionKey key = (*topic)->key(partition.partition);
  if (find(key) == nullptr)
    return fail(kafka_error(ErrorCode::kUnknownTopicOrPartition, "topic {} has no partition {}", partition.topic,
                            partition.partition));
  return key;
}

Result<const TopicState*> LogState::existing(const std::string& name) const {
  const TopicState* topic = find_topic(name);
  if (topic == nullptr) return fail(kafka_error(ErrorCode::kUnknownTopicOrPartition, "there is no topic {}", name));
  return topic;
}

void LogState::for_each_partition(const std::function<void(const PartitionKey&, PartitionLog&)>& visit) {
  for (auto& [name, topic] : topics_)
    for (std::size_t i = 0; i < topic.partitions.size(); ++i)
      visit(topic.key(static_cast<std::int32_t>(i)), topic.partitions[i]);
}

EffectiveConfig LogState::effective(const TopicConfigs& configs) const {
  // They were checked when they were set; where the rules have become stricter since, the defaults are the safe choice.
  auto config = parse_configs(configs, options_.defaults);
  return config ? *config : parse_configs({}, options_.defaults).value();
}

// ---- changes

std::vector<PartitionKey> LogState::apply(const Entry& entry) {
  switch (entry.change_case()) {
    case Entry::kCreateTopic:
      add_topic(entry.create_topic());
      return {};
    case Entry::kDeleteTopic:
      return remove_topic(entry.delete_topic().name());
    case Entry::kSetPartitions:
      if (TopicState* topic = find_mutable(entry.set_partitions().name())) {
        const std::int32_t count = std::max(topic->topic.partitions, entry.set_partitions().partitions());
        partition_count_ += static_cast<std::size_t>(count - topic->topic.partitions);
        topic->topic.partitions = count;
        topic->partitions.resize(static_cast<std::size_t>(count), PartitionLog(0, 0));
      }
      return {};
    case Entry::kSetConfigs:
      if (TopicState* topic = find_mutable(entry.set_configs().name())) {
        topic->topic.configs = configs_from(entry.set_configs().configs());
        topic->config = effective(topic->topic.configs);
      }
      return {};
    case Entry::kSetLogStarts:
      return move_log_starts(entry.set_log_starts());
    case Entry::kReserveProducerIds:
      next_producer_id_ = std::max(next_producer_id_, entry.reserve_producer_ids().next());
      return {};
    case Entry::kCommitOffsets:
      for (const auto& offset : entry.commit_offsets().offsets()) commit_offset(entry.commit_offsets().group(), offset);
      return {};
    case Entry::kDeleteOffsets:
      for (const auto& offset : entry.delete_offsets().offsets())
        offsets_.remove(entry.delete_offsets().group(), {offset.topic(), offset.partition()});
      return {};
    case Entry::kDeleteGroups:
      for (const auto& group : entry.delete_groups().groups()) offsets_.remove_group(group);
      return {};
    case Entry::kTouchGroups:
      for (const auto& group : entry.touch_groups().groups())
        offsets_.touch(group, from_milliseconds(entry.touch_groups().active_at()));
      return {};
    case Entry::kCheckpoint:  // of the state as it is; only the first one that is read says something new
    case Entry::CHANGE_NOT_SET:
      return {};
  }
  return {};
}

Result<> LogState::apply(const BatchHead& head, const BatchLocation& location) {
  PartitionLog* partition = find(head.partition);
  if (partition == nullptr || head.base_offset != partition->next_offset())
    return fail(Error::data_loss("a batch at offset {} does not follow what is before it", head.base_offset));
  partition->append(location);
  if (head.producer_id != kNoProducerId) producers_.record({head.producer_id, head.partition}, head);
  return {};
}

void LogState::add_topic(const storage::CreateTopic& create) {
  TopicState state;
  state.topic = {.name = create.name(),
                 .id = create.id(),
                 .partitions = create.partitions(),
                 .configs = configs_from(create.configs())};
  state.config = effective(state.topic.configs);
  state.partitions.resize(static_cast<std::size_t>(create.partitions()), PartitionLog(0, 0));
  next_topic_id_ = std::max(next_topic_id_, create.id() + 1);
  const auto [place, is_new] = topics_.try_emplace(create.name(), std::move(state));
  if (!is_new) return;
  topics_by_id_[create.id()] = &place->second;
  partition_count_ += static_cast<std::size_t>(create.partitions());
}

std::vector<PartitionKey> LogState::remove_topic(const std::string& name) {
  const auto found = topics_.find(name);
  if (found == topics_.end()) return {};
  const TopicState& topic = found->second;
  std::vector<PartitionKey> keys;
  for (std::int32_t i = 0; i < topic.topic.partitions; ++i) keys.push_back(topic.key(i));
  partition_count_ -= topic.partitions.size();
  producers_.forget_topic(topic.topic.id);
  offsets_.remove_topic(name);
  topics_by_id_.erase(topic.topic.id);
  topics_.erase(found);
  return keys;
}

void LogState::commit_offset(const std::string& group, const storage::Offset& offset) {
  const TopicPartition partition{offset.topic(), offset.partition()};
  if (!key_of(partition)) return;
  offsets_.commit(group, partition,
                  {.offset = offset.offset(),
                   .leader_epoch = offset.leader_epoch(),
                   .metadata = offset.metadata(),
                   .committed_at = from_milliseconds(offset.committed_at())});
}

std::vector<PartitionKey> LogState::move_log_starts(const storage::SetLogStarts& change) {
  std::vector<PartitionKey> keys;
  for (const auto& start : change.starts()) {
    const PartitionKey key{start.topic_id(), start.partition()};
    PartitionLog* partition = find(key);
    if (partition == nullptr) continue;
    partition->set_log_start(start.offset());
    keys.push_back(key);
  }
  return keys;
}

}  // namespace skerry::platform::kafka::log
