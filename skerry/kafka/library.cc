// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/library.h"

#include <librdkafka/rdkafka.h>

namespace skerry::kafka::internal {
namespace {

void append_headers(const rd_kafka_message_t& message, std::vector<Header>& headers) {
  rd_kafka_headers_t* list = nullptr;
  if (rd_kafka_message_headers(&message, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  headers.reserve(rd_kafka_header_cnt(list));
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    headers.push_back({name, value == nullptr ? std::string() : std::string(static_cast<const char*>(value), size)});
  }
}

}  // namespace

void LibraryDelete::operator()(rd_kafka_queue_s* queue) const { rd_kafka_queue_destroy(queue); }
void LibraryDelete::operator()(rd_kafka_op_s* event) const { rd_kafka_event_destroy(event); }
void LibraryDelete::operator()(rd_kafka_error_s* error) const { rd_kafka_error_destroy(error); }
void LibraryDelete::operator()(rd_kafka_topic_partition_list_s* list) const {
  rd_kafka_topic_partition_list_destroy(list);
}

ListPtr to_list(const std::vector<TopicPartition>& partitions) {
  ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const TopicPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.partition);
  }
  return list;
}

ListPtr to_list(const std::vector<PartitionOffset>& offsets) {
  ListPtr list(rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const PartitionOffset& offset : offsets) {
    rd_kafka_topic_partition_list_add(list.get(), offset.partition.topic.c_str(), offset.partition.partition)->offset =
        offset.offset;
  }
  return list;
}

std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_s* list) {
  std::vector<TopicPartition> partitions;
  for (int i = 0; list != nullptr && i < list->cnt; ++i) {
    partitions.push_back({list->elems[i].topic, list->elems[i].partition});
  }
  return partitions;
}

Record to_record(const rd_kafka_message_s& message) {
  Record record;
  record.topic = rd_kafka_topic_name(message.rkt);
  record.partition = message.partition;
  record.offset = message.offset;
  if (message.key != nullptr) record.key.emplace(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr) record.value.emplace(static_cast<const char*>(message.payload), message.len);
  append_headers(message, record.headers);
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  if (type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE) record.timestamp = Timestamp(std::chrono::milliseconds(timestamp_ms));
  return record;
}

}  // namespace skerry::kafka::internal
