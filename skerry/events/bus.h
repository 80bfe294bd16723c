// SPDX-License-Identifier: Apache-2.0
//
// Bus: how a service publishes events and is told of those of others. One object per process; it holds the connection
// to Kafka and, over the service's database, the outbox and the inbox.
//
//   auto bus = co_await events::Bus::create({.brokers = "127.0.0.1:9092", .source = "order", .database = db.get()});
//   bus->subscribe<shop::Charged>("shop.payments", "order", [&](shop::Charged charged, events::EventContext
//   context,
//                                                              sql::Transaction& tx) -> Task<> {
//     co_await orders.set_paid(tx, charged.order_id());
//     co_await bus->outbox().publish(tx, ship_request(charged), charged.order_id());
//   });
//   app.background("events", [&] { return bus->run(); });
//
// Order: events of one key are handled one after the other, in the order of their partition; different keys side by
// side, up to BusOptions::max_parallel for each group. An offset is committed when everything before it was handled or
// became a dead letter.
//
// All instances of a group share one database: there the inbox, the attempts and the parked events of a partition are
// found by whoever is assigned to it next.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "skerry/async/task.h"
#include "skerry/events/dead_letters.h"
#include "skerry/events/erased_handler.h"
#include "skerry/events/outbox.h"
#include "skerry/events/subscribe.h"
#include "skerry/sql/database.h"

namespace skerry::events {

struct BusOptions {
  /// host:port, several separated by commas. Brokers that cannot be reached are no error: they are tried again.
  std::string brokers;
  /// CloudEvents' `source` of what is published: the service's name.
  std::string source;
  /// For outbox, inbox, attempts and parked events. Without one only publish() and handlers without a transaction
  /// work: at least once, with attempts that a restart forgets. Outlives the bus.
  sql::Database* database = nullptr;
  /// Handlers of one group that run at the same time.
  std::size_t max_parallel = 64;
  /// Records of one group that wait in memory before the partitions are paused.
  std::size_t max_queued = 1'000;
  /// How long ids are remembered in the inbox: a second delivery of an event later than that is handled again, so
  /// it is to be longer than Kafka keeps the topics, or than whoever publishes again.
  std::chrono::hours inbox_retention{24 * 14};
  /// How long the last version of an aggregate is remembered behind its last event. An event that comes later than that
  /// is taken for one behind a gap, and waits SubscribeOptions::park_limit.
  std::chrono::hours ordering_retention{24 * 90};
  /// How long running handlers may take at the stop before they are cancelled (and are handled again later).
  std::chrono::milliseconds stop_limit{10'000};
  /// Of the outbox's relay; the source is the bus's.
  OutboxOptions outbox = {};
};

namespace internal {

class BusState;

}  // namespace internal

/// publish() and outbox() may be used from every worker. It outlives the tasks that use it.
class Bus {
 public:
  /// Makes the tables in the database where they are missing. INVALID_ARGUMENT for brokers that are no addresses.
  static Task<std::unique_ptr<Bus>> create(BusOptions options);
  /// Precondition: run() has ended.
  ~Bus();
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  /// Publishes now and ends when Kafka has acknowledged it. For events that belong to no change in a database; others
  /// go through the outbox. Errors: those of make_event; UNAVAILABLE when Kafka did not answer in time: the event may
  /// be published all the same.
  template <EventMessage M>
  Task<> publish(const M& message, std::string key, PublishOptions options = {}) {
    return send(make_event(message, source(), std::move(key), std::move(options)));
  }
  Task<> publish(OutgoingEvent event) { return send(std::move(event)); }

  const std::string& source() const;
  /// Precondition: the bus has a database.
  Outbox& outbox();
  /// The dead letters on the bus's brokers.
  DeadLetters& dead_letters();

  /// Has the handler called for the events of type T in the topic, once for all instances of the group together. Before
  /// run(), which reports what is wrong: two handlers for one type, different options for one topic and group, a
  /// transactional handler or an ordering other than kAsReceived without a database.
  template <EventMessage T, class H>
  void subscribe(std::string topic, std::string group, H handler, SubscribeOptions options = {}) {
    add(std::move(topic), std::move(group), internal::erase<T>(std::move(handler)), std::move(options));
  }

  /// Relays the outbox and handles events until it is cancelled. Then no more records are taken, what runs is finished
  /// (BusOptions::stop_limit), offsets are committed and the groups are left. Once.
  Task<> run();

 private:
  explicit Bus(std::unique_ptr<internal::BusState> state);
  Task<> send(Result<OutgoingEvent> event);
  void add(std::string topic, std::string group, internal::ErasedHandler handler, SubscribeOptions options);

  std::unique_ptr<internal::BusState> state_;
};

}  // namespace skerry::events
