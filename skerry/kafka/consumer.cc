// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/consumer.h"

#include <utility>

#include "skerry/kafka/consumer_core.h"

namespace skerry::kafka {

using internal::ConsumerCore;

Task<std::shared_ptr<Consumer>> Consumer::create(ConsumerOptions options) {
  auto core = std::make_shared<ConsumerCore>(std::move(options));
  co_await ConsumerCore::start(core);
  co_return std::shared_ptr<Consumer>(new Consumer(std::move(core)));
}

Consumer::Consumer(std::shared_ptr<ConsumerCore> core) : core_(std::move(core)) {}
Consumer::~Consumer() { core_->begin_close(ConsumerCore::Goodbye::kUnconfirmed); }

Task<std::optional<Incoming>> Consumer::receive() { return ConsumerCore::receive(core_); }
void Consumer::confirm(const Revoked& revoked) { core_->confirm(revoked); }
void Consumer::pause(const std::vector<TopicPartition>& partitions) { core_->set_paused(partitions, true); }
void Consumer::resume(const std::vector<TopicPartition>& partitions) { core_->set_paused(partitions, false); }
Task<> Consumer::commit(std::vector<PartitionOffset> offsets) {
  return ConsumerCore::commit(core_, std::move(offsets));
}
Task<std::vector<PartitionOffset>> Consumer::committed(std::vector<TopicPartition> partitions) {
  return ConsumerCore::committed(core_, std::move(partitions));
}
std::vector<TopicPartition> Consumer::assignment() const { return core_->assignment(); }
std::vector<PartitionLag> Consumer::lag() const { return core_->lag(); }
Task<> Consumer::close() { return ConsumerCore::close(core_); }
ConnectionState Consumer::connection() const { return core_->connection(); }
ConsumerStats Consumer::stats() const { return core_->stats(); }

}  // namespace skerry::kafka
