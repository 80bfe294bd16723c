// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/assigned_partitions.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <utility>

#include "skerry/kafka/errors.h"

namespace skerry::kafka::internal {

void AssignedPartitions::add(const Instance& instance, const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& name : partitions) {
    auto [entry, is_new] = partitions_.try_emplace(name);
    if (!is_new) continue;
    entry->second.queue.reset(rd_kafka_queue_get_partition(instance.get(), name.topic.c_str(), name.partition));
    // Without this its records would go to the queue of the consumer.
    rd_kafka_queue_forward(entry->second.queue.get(), nullptr);
    instance.ring_for(entry->second.queue.get());
    turns_.push_back(&*entry);
  }
}

void AssignedPartitions::stop(const std::vector<TopicPartition>& partitions) {
  for (const TopicPartition& name : partitions) {
    if (const auto found = partitions_.find(name); found != partitions_.end()) found->second.stopped = true;
  }
}

void AssignedPartitions::clear(const Instance& instance) {
  for (auto& [name, partition] : partitions_) {
    // Records left in a partition's own queue would keep the partition, and with it the client, from being freed.
    rd_kafka_queue_io_event_enable(partition.queue.get(), -1, nullptr, 0);
    rd_kafka_queue_forward(partition.queue.get(), instance.queue());
  }
  turns_.clear();
  turn_ = 0;
  partitions_.clear();
}

void AssignedPartitions::set_paused(const std::vector<TopicPartition>& partitions, bool paused) {
  for (const TopicPartition& name : partitions) {
    if (const auto found = partitions_.find(name); found != partitions_.end()) found->second.paused = paused;
  }
}

void AssignedPartitions::note_committed(const PartitionOffset& offset) {
  if (const auto found = partitions_.find(offset.partition); found != partitions_.end()) {
    found->second.committed = offset.offset;
  }
}

std::optional<Result<Record>> AssignedPartitions::next() {
  for (std::size_t looked_at = 0; looked_at < turns_.size(); ++looked_at) {
    std::optional<Result<Record>> record = next_of(*turns_[turn_]);
    if (!record || --records_left_ == 0) end_turn();
    if (record) return record;
  }
  return std::nullopt;
}

void AssignedPartitions::end_turn() {
  turn_ = (turn_ + 1) % turns_.size();
  records_left_ = kMaxRecordsPerTurn;
}

std::optional<Result<Record>> AssignedPartitions::next_of(Entry& entry) {
  auto& [name, partition] = entry;
  if (partition.paused || partition.stopped) return std::nullopt;
  while (const EventPtr event{rd_kafka_queue_poll(partition.queue.get(), 0)}) {
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_FETCH) {
      const rd_kafka_message_t* message = rd_kafka_event_message_next(event.get());
      if (message == nullptr) continue;
      partition.position = message->offset + 1;
      return to_record(*message);
    }
    if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR) {
      return fail(to_error(rd_kafka_event_error(event.get()),
                           fmt::format("read {} at offset {}", to_string(name), partition.position),
                           rd_kafka_event_error_string(event.get())));
    }
  }
  return std::nullopt;
}

std::vector<TopicPartition> AssignedPartitions::names() const {
  std::vector<TopicPartition> names;
  for (const auto& [name, partition] : partitions_) names.push_back(name);
  return names;
}

std::vector<PartitionLag> AssignedPartitions::lag(const Instance& instance) const {
  std::vector<PartitionLag> lags;
  for (const auto& [name, partition] : partitions_) {
    PartitionLag lag{.partition = name,
                     .position = partition.position,
                     .committed = partition.committed,
                     .read_ahead = rd_kafka_queue_length(partition.queue.get()),
                     .paused = partition.paused};
    std::int64_t first = -1;
    std::int64_t end = -1;
    rd_kafka_get_watermark_offsets(instance.get(), name.topic.c_str(), name.partition, &first, &end);
    lag.end = std::max<std::int64_t>(end, -1);
    const std::int64_t done = lag.committed >= 0 ? lag.committed : lag.position;
    if (lag.end >= 0 && done >= 0) lag.lag = std::max<std::int64_t>(lag.end - done, 0);
    lags.push_back(std::move(lag));
  }
  return lags;
}

}  // namespace skerry::kafka::internal
