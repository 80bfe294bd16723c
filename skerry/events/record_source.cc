// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/record_source.h"

#include <utility>

namespace skerry::events::internal {
namespace {

class KafkaSource final : public RecordSource {
 public:
  explicit KafkaSource(std::shared_ptr<kafka::Consumer> consumer) : consumer_(std::move(consumer)) {}

  Task<std::optional<kafka::Incoming>> receive() override { return consumer_->receive(); }
  void confirm(const kafka::Revoked& revoked) override { consumer_->confirm(revoked); }
  void pause(const std::vector<kafka::TopicPartition>& partitions) override { consumer_->pause(partitions); }
  void resume(const std::vector<kafka::TopicPartition>& partitions) override { consumer_->resume(partitions); }
  Task<> commit(std::vector<kafka::PartitionOffset> offsets) override { return consumer_->commit(std::move(offsets)); }
  std::vector<kafka::PartitionLag> lag() const override { return consumer_->lag(); }
  Task<> close() override { return consumer_->close(); }

 private:
  const std::shared_ptr<kafka::Consumer> consumer_;
};

}  // namespace

std::unique_ptr<RecordSource> source_of(std::shared_ptr<kafka::Consumer> consumer) {
  return std::make_unique<KafkaSource>(std::move(consumer));
}

}  // namespace skerry::events::internal
