// SPDX-License-Identifier: Apache-2.0
//
// Names and owners for the objects of librdkafka, whose own header stays in the .cc files of this folder. Internal to
// kafka/.
#pragma once

#include <memory>
#include <vector>

#include "skerry/kafka/record.h"

struct rd_kafka_s;
struct rd_kafka_conf_s;
struct rd_kafka_queue_s;
struct rd_kafka_op_s;
struct rd_kafka_error_s;
struct rd_kafka_message_s;
struct rd_kafka_topic_partition_list_s;

namespace skerry::kafka::internal {

/// Calls the library's destructor for its argument.
struct LibraryDelete {
  void operator()(rd_kafka_queue_s* queue) const;
  void operator()(rd_kafka_op_s* event) const;
  void operator()(rd_kafka_error_s* error) const;
  void operator()(rd_kafka_topic_partition_list_s* list) const;
};
using QueuePtr = std::unique_ptr<rd_kafka_queue_s, LibraryDelete>;
using EventPtr = std::unique_ptr<rd_kafka_op_s, LibraryDelete>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_s, LibraryDelete>;
using ListPtr = std::unique_ptr<rd_kafka_topic_partition_list_s, LibraryDelete>;

/// Lists of the library from and to values. A partition without an offset is given the library's "invalid".
ListPtr to_list(const std::vector<TopicPartition>& partitions);
ListPtr to_list(const std::vector<PartitionOffset>& offsets);
std::vector<TopicPartition> to_partitions(const rd_kafka_topic_partition_list_s* list);

/// Copies a message out of the library, once.
Record to_record(const rd_kafka_message_s& message);

}  // namespace skerry::kafka::internal
