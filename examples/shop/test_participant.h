// SPDX-License-Identifier: Apache-2.0
//
// What the tests of commands share: a participant on Kafka's mock brokers (or on those that SKERRY_KAFKA_BROKERS
// names), and the order service's side of its topics.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "examples/shop/participant.h"
#include "examples/shop/test_events.h"

namespace shop {

/// Sends commands and keeps what is answered, as text.
class Asker {
 public:
  skerry::Task<> open(std::string brokers, ParticipantTopics topics) {
    topics_ = std::move(topics);
    co_await listener_.open(brokers);
    bus_ = co_await skerry::events::Bus::create({.brokers = std::move(brokers), .source = "order"});
  }
  template <class Answer>
  void hear() {
    listener_.hear<Answer>(topics_.answers, [](const Answer& answer, const skerry::events::EventContext&) {
      return fmt::format("{} {}", answer.GetDescriptor()->name(), answer.ShortDebugString());
    });
  }
  skerry::Task<> run() { return listener_.run(); }
  skerry::events::DeadLetters& dead_letters() { return bus_->dead_letters(); }

  /// Two commands of one id are one that is delivered twice.
  template <class Command>
  skerry::Task<> send(const Command& command, std::string id = {}) {
    skerry::events::PublishOptions options{.topic = topics_.commands, .id = std::move(id)};
    return bus_->publish(command, command.order_id(), std::move(options));
  }
  /// The answers so far, once there are so many.
  skerry::Task<std::vector<std::string>> answers(std::size_t count) {
    co_await listener_.until_heard(count);
    co_return listener_.heard();
  }

 private:
  ParticipantTopics topics_;
  Listener listener_;
  std::unique_ptr<skerry::events::Bus> bus_;
};

class ParticipantTest : public ShopTest {
 protected:
  /// On a database that outlives it; not open yet.
  skerry::Task<std::shared_ptr<Participant>> make_participant(skerry::sql::Database& database) {
    events_ = std::make_shared<ServiceEvents>(service_);
    co_await events_->open(database, cluster_.brokers());
    co_return std::make_shared<Participant>(events_, ParticipantOptions{.service = service_, .topics = topics_});
  }

  /// Runs the body, a Task<>, while the participant, which is open, does what the asker sends.
  template <class... Answers>
  skerry::Task<> with_asker(std::shared_ptr<Participant> participant, std::function<skerry::Task<>(Asker&)> body) {
    Asker asker;
    co_await asker.open(cluster_.brokers(), topics_);
    (asker.hear<Answers>(), ...);
    co_await beside({running(participant), running(asker)}, [&] { return body(asker); });
  }
  static std::function<skerry::Task<>()> running(std::shared_ptr<Participant> participant) {
    return [participant = std::move(participant)] { return participant->run(); };
  }
  /// The asker outlives it.
  static std::function<skerry::Task<>()> running(Asker& asker) {
    return [&asker] { return asker.run(); };
  }

  /// Events in the outbox of the participant that was made last.
  skerry::Task<std::int64_t> waiting_events() {
    const skerry::events::OutboxBacklog backlog = co_await events_->outbox().backlog();
    co_return backlog.events;
  }

  skerry::kafka::testing::Cluster cluster_;
  const std::string service_ = skerry::kafka::testing::Cluster::unique("service");
  const ParticipantTopics topics_{.commands = cluster_.new_topic("commands", 2),
                                  .answers = cluster_.new_topic("answers", 2)};
  /// Of the participant that was made last.
  std::shared_ptr<ServiceEvents> events_;
};

}  // namespace shop
