// SPDX-License-Identifier: Apache-2.0
//
// LogState: everything that the log says, as it is after its last durable entry: topics, where their batches lie,
// producers, committed offsets. The same entries in the same order give the same state, at start-up as in operation.
// Pure, and not locked.
//
//   LogState state(options);
//   if (auto allowed = state.check(entry); !allowed) ...   // may complete the entry: ids are given here
//   state.apply(entry);                                    // once it is durable
//   storage::Checkpoint checkpoint = state.checkpoint();   // all of it but where batches lie
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/kafka/log/entry.h"
#include "platform/kafka/log/log_options.h"
#include "platform/kafka/log/offset_table.h"
#include "platform/kafka/log/partition_log.h"
#include "platform/kafka/log/producer_table.h"
#include "platform/kafka/log/storage.pb.h"
#include "platform/kafka/log/topic_config.h"
#include "skerry/base/result.h"

namespace skerry::platform::kafka::log {

struct TopicState {
  Topic topic;
  EffectiveConfig config;
  std::vector<PartitionLog> partitions;

  PartitionKey key(std::int32_t partition) const { return {topic.id, partition}; }
};

class LogState {
 public:
  explicit LogState(const LogOptions& options);
  LogState(const LogState&) = delete;
  LogState& operator=(const LogState&) = delete;

  // ---- look-ups. What they point to is valid until the state changes.

  const TopicState* find_topic(const std::string& name) const;
  const TopicState* find_topic(TopicId id) const;
  PartitionLog* find(const PartitionKey& key);
  const PartitionLog* find(const PartitionKey& key) const;
  /// kUnknownTopicOrPartition when there is none.
  Result<PartitionKey> key_of(const TopicPartition& partition) const;
  /// By name.
  const std::map<std::string, TopicState>& topics() const { return topics_; }
  std::size_t partition_count() const { return partition_count_; }
  const ProducerTable& producers() const { return producers_; }
  const OffsetTable& offsets() const { return offsets_; }
  ProducerId next_producer_id() const { return next_producer_id_; }

  // ---- changes

  /// Whether the change may be made, with the protocol's error where not. Gives a new topic its id, and turns a log
  /// start of -1 into the high watermark.
  Result<> check(storage::Entry& entry) const;
  /// Whether a spec describes a topic that could be made, whatever is there.
  Result<> check_spec(const TopicSpec& spec) const;
  /// The entry is durable. Gives the partitions whose readers must look again. What refers to something that is not
  /// there does nothing.
  std::vector<PartitionKey> apply(const storage::Entry& entry);
  /// The batch is durable, and lies there in the newest segment. Fails with DataLoss, when entries are replayed, if it
  /// does not follow the partition's last one.
  Result<> apply(const BatchHead& head, const BatchLocation& location);
  /// For cleaning and closed segments.
  void for_each_partition(const std::function<void(const PartitionKey&, PartitionLog&)>& visit);
  void forget_idle_producers(Timestamp since) { producers_.forget_idle_since(since); }

  // ---- the beginning of a segment

  storage::Checkpoint checkpoint() const;
  /// Precondition: the state is as it was made.
  void restore(const storage::Checkpoint& checkpoint);
  /// For a store that begins: producer ids begin here.
  void begin_producer_ids(ProducerId first) { next_producer_id_ = first; }

 private:
  Result<> check_create(storage::CreateTopic& create) const;
  Result<> check_partitions(const storage::SetPartitions& change) const;
  Result<> check_starts(storage::SetLogStarts& change) const;
  Result<> check_offsets(const storage::CommitOffsets& change) const;
  Result<const TopicState*> existing(const std::string& name) const;
  TopicState* find_mutable(const std::string& name);
  void add_topic(const storage::CreateTopic& create);
  std::vector<PartitionKey> remove_topic(const std::string& name);
  void commit_offset(const std::string& group, const storage::Offset& offset);
  std::vector<PartitionKey> move_log_starts(const storage::SetLogStarts& change);
  EffectiveConfig effective(const TopicConfigs& configs) const;

  const LogOptions options_;
  std::map<std::string, TopicState> topics_;
  std::unordered_map<TopicId, TopicState*> topics_by_id_;
  std::size_t partition_count_ = 0;
  TopicId next_topic_id_ = 1;
  ProducerId next_producer_id_ = 0;
  ProducerTable producers_;
  OffsetTable offsets_;
};

}  // namespace skerry::platform::kafka::log
