// SPDX-License-Identifier: Apache-2.0
//
// RecordSource: where a group's records come from: a Kafka consumer, or in tests a simulated one. The calls and their
// rules are those of kafka::Consumer (skerry/kafka/consumer.h). Internal to events/.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/kafka/consumer.h"

namespace skerry::events::internal {

class RecordSource {
 public:
  RecordSource() = default;
  RecordSource(const RecordSource&) = delete;
  RecordSource& operator=(const RecordSource&) = delete;
  virtual ~RecordSource() = default;

  virtual Task<std::optional<kafka::Incoming>> receive() = 0;
  virtual void confirm(const kafka::Revoked& revoked) = 0;
  virtual void pause(const std::vector<kafka::TopicPartition>& partitions) = 0;
  virtual void resume(const std::vector<kafka::TopicPartition>& partitions) = 0;
  virtual Task<> commit(std::vector<kafka::PartitionOffset> offsets) = 0;
  virtual std::vector<kafka::PartitionLag> lag() const = 0;
  virtual Task<> close() = 0;
};

std::unique_ptr<RecordSource> source_of(std::shared_ptr<kafka::Consumer> consumer);

}  // namespace skerry::events::internal
