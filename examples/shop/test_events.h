// SPDX-License-Identifier: Apache-2.0
//
// What the tests of events share: brokers with topics of their own, and whoever listens to one topic.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/service_events.h"
#include "examples/shop/test_shop.h"
#include "examples/shop/topic_names.h"

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/kafka/testing/cluster.h"

namespace shop {

/// Far above what anything that is waited for takes.
inline constexpr std::chrono::minutes kTestLimit{2};

/// Topics that nobody else uses.
inline Topics new_topics(skerry::kafka::testing::Cluster& cluster, int partitions = 3) {
  Topics topics;
  for (std::string* topic : {&topics.users, &topics.products, &topics.orders, &topics.inventory_commands,
                             &topics.payment_commands, &topics.points_commands, &topics.logistics_commands,
                             &topics.inventory, &topics.payment, &topics.points, &topics.logistics}) {
    *topic = cluster.new_topic(*topic, partitions);
  }
  return topics;
}

/// Ends when `condition`, a Task<bool>(), gives true.
template <class F>
skerry::Task<> eventually(F condition) {
  for (;;) {
    const bool met = co_await condition();
    if (met) co_return;
    co_await skerry::sleep(std::chrono::milliseconds(2));  // tidy: allow(sleep) between looks at the condition
  }
}

/// Runs body(), a Task<>, beside the others, which are cancelled then.
inline skerry::Task<> beside(std::vector<std::function<skerry::Task<>()>> others,
                             std::function<skerry::Task<>()> body) {
  skerry::Result<> outcome;
  co_await skerry::with_scope([&](skerry::Scope& scope) -> skerry::Task<> {
    for (const auto& other : others) scope.go([&other] { return other(); });
    outcome = co_await skerry::with_timeout(kTestLimit, body()).result();
    scope.cancel();
  }).result();
  co_await std::move(outcome);
}

/// A subscriber of events; notes what it was told as texts.
class Listener {
 public:
  skerry::Task<> open(std::string brokers) {
    bus_ = co_await skerry::events::Bus::create({.brokers = std::move(brokers), .source = "listener"});
  }
  /// `text(event, context)` is what is noted of an event. Before run().
  template <class Event, class F>
  void hear(std::string topic, F text) {
    bus_->subscribe<Event>(
        std::move(topic), group_,
        [this, text](const Event& event, skerry::events::EventContext context) { return note(text(event, context)); });
  }
  skerry::Task<> run() { return bus_->run(); }

  std::vector<std::string> heard() const {
    std::lock_guard lock(mutex_);
    return heard_;
  }
  skerry::Task<> until_heard(std::size_t count) {
    return eventually([this, count]() -> skerry::Task<bool> {  // tidy: allow(capture) kept by eventually
      co_return heard().size() >= count;
    });
  }

 private:
  skerry::Task<> note(std::string text) {
    std::lock_guard lock(mutex_);
    heard_.push_back(std::move(text));
    co_return;
  }

  const std::string group_ = skerry::kafka::testing::Cluster::unique("listener");
  std::unique_ptr<skerry::events::Bus> bus_;
  mutable std::mutex mutex_;
  std::vector<std::string> heard_;
};

}  // namespace shop
