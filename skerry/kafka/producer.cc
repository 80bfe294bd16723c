// SPDX-License-Identifier: Apache-2.0
#include "skerry/kafka/producer.h"

#include <utility>

#include "skerry/kafka/producer_core.h"

namespace skerry::kafka {

Task<std::shared_ptr<Producer>> Producer::create(ProducerOptions options) {
  auto core = std::make_shared<internal::ProducerCore>(std::move(options));
  co_await internal::ProducerCore::start(core);
  co_return std::shared_ptr<Producer>(new Producer(std::move(core)));
}

Producer::Producer(std::shared_ptr<internal::ProducerCore> core) : core_(std::move(core)) {}
Producer::~Producer() { core_->begin_close(); }

Task<Delivery> Producer::send(Record record) { return internal::ProducerCore::send(core_, std::move(record)); }
Task<> Producer::prepare(std::string topic) { return internal::ProducerCore::prepare(core_, std::move(topic)); }
Task<> Producer::flush() { return internal::ProducerCore::flush(core_); }
Task<> Producer::close() { return internal::ProducerCore::close(core_); }
ConnectionState Producer::connection() const { return core_->connection(); }
ProducerStats Producer::stats() const { return core_->stats(); }

}  // namespace skerry::kafka
