// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/service_events.h"

#include "examples/shop/ensure_topics.h"

namespace shop {

using skerry::Task;
namespace events = skerry::events;

Task<> ServiceEvents::open(skerry::sql::Database& database, std::string brokers) {
  brokers_ = std::move(brokers);
  if (brokers_.empty()) {
    outbox_ = co_await events::Outbox::create(database, {.source = source_});
    co_return;
  }
  bus_ = co_await events::Bus::create({.brokers = brokers_, .source = source_, .database = &database});
}

Task<> ServiceEvents::run() {
  if (!bus_) co_return;
  co_await ensure_topics(brokers_, topics_);
  co_await bus_->run();
}

}  // namespace shop
