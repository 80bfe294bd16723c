// SPDX-License-Identifier: Apache-2.0
//
// ServiceEvents: what a service of the shop publishes and subscribes with: the outbox in its database, and the bus
// where there is a broker.
//
//   auto events = std::make_shared<ServiceEvents>("user");
//   app.on_start([&]() -> Task<> {
//     co_await store->open(...);
//     co_await events->open(store->database(), app.kafka());
//     if (events->bus() != nullptr) events->bus()->subscribe<...>(...);
//   });
//   app.background("events", [events] { return events->run(); });
//
// The one thing to know: a service works without a broker, and loses no event by that. What it publishes then waits in
// its database for a start with one.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "skerry/events/bus.h"

namespace shop {

/// outbox() and bus() may be used from every worker once it is open.
class ServiceEvents {
 public:
  /// `source` is the service's name.
  explicit ServiceEvents(std::string source) : source_(std::move(source)) {}

  /// Once. `brokers` as in events::BusOptions, or empty for none. The database outlives it. Errors: those of
  /// Bus::create; brokers that cannot be reached are none.
  skerry::Task<> open(skerry::sql::Database& database, std::string brokers);

  skerry::events::Outbox& outbox() { return bus_ ? bus_->outbox() : *outbox_; }
  /// Null without a broker.
  skerry::events::Bus* bus() { return bus_.get(); }

  /// Has run() make the topics where they are missing. Before it.
  void use_topics(const std::vector<std::string>& topics) {
    topics_.insert(topics_.end(), topics.begin(), topics.end());
  }

  /// Waits for a broker, then relays and handles events until it is cancelled; ends at once without a broker. Once.
  skerry::Task<> run();

 private:
  const std::string source_;
  std::string brokers_;
  std::vector<std::string> topics_;
  // One of the two: each outbox wakes a relay of its own.
  std::unique_ptr<skerry::events::Bus> bus_;
  std::unique_ptr<skerry::events::Outbox> outbox_;
};

}  // namespace shop
