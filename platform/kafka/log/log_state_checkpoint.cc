// SPDX-License-Identifier: Apache-2.0
//
// The state as the message that begins a segment, and back.
#include "platform/kafka/log/log_state.h"
#include "skerry/base/check.h"

namespace skerry::platform::kafka::log {
namespace {

void add_topic_to(storage::Checkpoint& checkpoint, const TopicState& state) {
  storage::CheckpointTopic& entry = *checkpoint.add_topics();
  storage::CreateTopic& topic = *entry.mutable_topic();
  topic.set_name(state.topic.name);
  topic.set_id(state.topic.id);
  topic.set_partitions(state.topic.partitions);
  topic.mutable_configs()->insert(state.topic.configs.begin(), state.topic.configs.end());
  for (const PartitionLog& partition : state.partitions) {
    entry.add_log_starts(partition.log_start());
    entry.add_next_offsets(partition.next_offset());
  }
}

void add_group_to(storage::Checkpoint& checkpoint, const std::string& name, const OffsetTable::Group& group) {
  storage::CheckpointGroup& entry = *checkpoint.add_groups();
  entry.set_active_at(to_milliseconds(group.active_at));
  entry.mutable_offsets()->set_group(name);
  for (const auto& [partition, committed] : group.offsets) {
    storage::Offset& offset = *entry.mutable_offsets()->add_offsets();
    offset.set_topic(partition.topic);
    offset.set_partition(partition.partition);
    offset.set_offset(committed.offset);
    offset.set_leader_epoch(committed.leader_epoch);
    offset.set_metadata(committed.metadata);
    offset.set_committed_at(to_milliseconds(committed.committed_at));
  }
}

void add_producer_to(storage::Checkpoint& checkpoint, const ProducerKey& key, const ProducerState& state) {
  storage::CheckpointProducer& entry = *checkpoint.add_producers();
  entry.set_producer_id(key.producer_id);
  entry.set_topic_id(key.partition.topic);
  entry.set_partition(key.partition.partition);
  entry.set_epoch(state.epoch);
  entry.set_used_at(to_milliseconds(state.used_at));
  entry.set_forgotten_records(state.forgotten_records);
  for (const auto& batch : state.batches) {
    entry.add_first_sequences(batch.first_sequence);
    entry.add_last_sequences(batch.last_sequence);
    entry.add_base_offsets(batch.base_offset);
  }
}

ProducerState producer_from(const storage::CheckpointProducer& entry) {
  ProducerState state;
  state.epoch = static_cast<std::int16_t>(entry.epoch());
  state.used_at = from_milliseconds(entry.used_at());
  state.forgotten_records = entry.forgotten_records();
  for (int i = 0; i < entry.first_sequences_size(); ++i)
    state.batches.push_back({entry.first_sequences(i), entry.last_sequences(i), entry.base_offsets(i)});
  return state;
}

}  // namespace

storage::Checkpoint LogState::checkpoint() const {
  storage::Checkpoint checkpoint;
  checkpoint.set_next_topic_id(next_topic_id_);
  checkpoint.set_next_producer_id(next_producer_id_);
  checkpoint.set_forgotten_producers_up_to(producers_.forgotten_up_to());
  for (const auto& [name, topic] : topics_) add_topic_to(checkpoint, topic);
  for (const auto& [name, group] : offsets_.groups()) add_group_to(checkpoint, name, group);
  producers_.for_each(
      [&](const ProducerKey& key, const ProducerState& state) { add_producer_to(checkpoint, key, state); });
  return checkpoint;
}

void LogState::restore(const storage::Checkpoint& checkpoint) {
  SKERRY_CHECK(topics_.empty() && producers_.size() == 0, "a state is restored once");
  for (const auto& entry : checkpoint.topics()) {
    add_topic(entry.topic());
    TopicState* topic = find_mutable(entry.topic().name());
    SKERRY_CHECK(
        entry.log_starts_size() == topic->topic.partitions && entry.next_offsets_size() == topic->topic.partitions,
        "a checkpoint, whose checksum is good, says of each partition where it is");
    for (int i = 0; i < entry.log_starts_size(); ++i)
      topic->partitions[static_cast<std::size_t>(i)] = PartitionLog(entry.log_starts(i), entry.next_offsets(i));
  }
  for (const auto& group : checkpoint.groups()) {
    for (const auto& offset : group.offsets().offsets()) commit_offset(group.offsets().group(), offset);
    offsets_.touch(group.offsets().group(), from_milliseconds(group.active_at()));
  }
  for (const auto& entry : checkpoint.producers())
    producers_.restore({entry.producer_id(), {entry.topic_id(), entry.partition()}}, producer_from(entry));
  producers_.restore_forgotten_up_to(checkpoint.forgotten_producers_up_to());
  next_topic_id_ = checkpoint.next_topic_id();
  next_producer_id_ = checkpoint.next_producer_id();
}

}  // namespace skerry::platform::kafka::log
