// SPDX-License-Identifier: Apache-2.0
//
// What the tests of commands share: a participant on Kafka's mock brokers (or on those that SKERRY_KAFKA_BROKERS
// names), and the order service's side of its topics.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/participant.h"
#include "examples/shop/test_shop.h"

#include "skerry/async/scope.h"
#include "skerry/async/sleep.h"
#include "skerry/kafka/testing/cluster.h"
#include "skerry/telemetry/telemetry.h"

namespace shop {

/// Waits until it is so; the limit is the test's.
inline skerry::Task<> until(std::function<bool()> condition) {
  while (!condition()) co_await skerry::sleep(std::chrono::milliseconds(1));
}

/// Sends commands and keeps what is answered, as text.
class Asker {
 public:
  skerry::Task<> open(std::string brokers, ParticipantTopics topics) {
    topics_ = std::move(topics);
    bus_ = co_await skerry::events::Bus::create({.brokers = std::move(brokers), .source = "order"});
  }
  template <class Answer>
  void hear() {
    bus_->subscribe<Answer>(topics_.answers, group_, [this](Answer answer, skerry::events::EventContext) {
      return keep(fmt::format("{} {}", answer.GetDescriptor()->name(), answer.ShortDebugString()));
    });
  }
  skerry::Task<> run() { return bus_->run(); }
  skerry::events::DeadLetters& dead_letters() { return bus_->dead_letters(); }

  /// Two commands of one id are one that is delivered twice.
  template <class Command>
  skerry::Task<> send(Command command, std::string id = {}) {
    return bus_->publish(command, command.order_id(), {.topic = topics_.commands, .id = std::move(id)});
  }
  /// The answers so far, once there are so many.
  skerry::Task<std::vector<std::string>> answers(std::size_t count) {
    co_await until([this, count] {
      const std::lock_guard lock(mutex_);
      return answers_.size() >= count;
    });
    const std::lock_guard lock(mutex_);
    co_return answers_;
  }

 private:
  skerry::Task<> keep(std::string answer) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    co_return;
  }

  const std::string group_ = skerry::kafka::testing::Cluster::unique("order");
  ParticipantTopics topics_;
  std::unique_ptr<skerry::events::Bus> bus_;
  std::mutex mutex_;
  std::vector<std::string> answers_;
};

class ParticipantTest : public ShopTest {
 protected:
  /// On a database that outlives it; not open yet.
  skerry::Task<std::shared_ptr<Participant>> make_participant(skerry::sql::Database& database) {
    auto events = std::make_shared<ServiceEvents>(service_);
    co_await events->open(database, cluster_.brokers());
    co_return std::make_shared<Participant>(events, ParticipantOptions{.service = service_, .topics = topics_});
  }

  /// Runs the body, a Task<>, while the participant, which is open, does what the asker sends.
  template <class... Answers>
  skerry::Task<> with_asker(std::shared_ptr<Participant> participant, std::function<skerry::Task<>(Asker&)> body) {
    Asker asker;
    co_await asker.open(cluster_.brokers(), topics_);
    (asker.hear<Answers>(), ...);
    co_await running({[&] { return participant->run(); }, [&] { return asker.run(); }}, [&] { return body(asker); });
  }

  /// Runs the body beside the others, which are cancelled then.
  static skerry::Task<> running(std::vector<std::function<skerry::Task<>()>> others,
                                std::function<skerry::Task<>()> body) {
    const skerry::Result<> cancelled = co_await skerry::with_scope([&](skerry::Scope& scope) -> skerry::Task<> {
                                         for (auto& other : others) scope.go(other);
                                         co_await body();
                                         scope.cancel();
                                       }).result();
    EXPECT_EQ(cancelled.error().code(), skerry::Code::kCancelled) << cancelled.error().to_string();
  }

  skerry::kafka::testing::Cluster cluster_;
  const std::string service_ = skerry::kafka::testing::Cluster::unique("service");
  const ParticipantTopics topics_{.commands = cluster_.new_topic("commands", 2),
                                  .answers = cluster_.new_topic("answers", 2)};
};

}  // namespace shop
