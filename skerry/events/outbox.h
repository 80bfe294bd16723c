// SPDX-License-Identifier: Apache-2.0
//
// Outbox: events that are published by the same SQL transaction that changes the business data. Either both happen or
// none does, whatever crashes: publish() only writes a row, and the relay sends the committed rows to Kafka and deletes
// what Kafka has acknowledged.
//
//   co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
//     co_await store.insert(tx, order);
//     co_await outbox.publish(tx, accepted, order.id);
//   });
//
// The one thing to know: events are delivered at least once, and those of one key in the order of their commits. A
// crash between Kafka's acknowledgement and the deletion sends an event again, under the same id; subscribers with an
// inbox drop it.
//
// Several processes may share the database. One of them relays at a time, under a lease in the database that passes on
// when its holder dies or stands still (OutboxOptions::lease). A commit wakes the relay at once; the sweep is there for
// rows that another process left behind.
//
// Invariants:
//  1. SQLite runs one writing transaction at a time, so the order of `position` is the order of the commits.
//  2. Of one topic and key at most one row is on its way to Kafka, the one with the lowest position; the next is sent
//     when that one is acknowledged.
//  3. A row is deleted only after Kafka has acknowledged it, by whoever holds the lease.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "skerry/async/channel.h"
#include "skerry/async/task.h"
#include "skerry/events/publish.h"
#include "skerry/sql/database.h"

namespace skerry::events {

struct OutboxOptions {
  /// What the events' `source` is: the service's name.
  std::string source;
  /// Rows that the relay holds in memory and sends together.
  std::size_t max_batch = 500;
  /// How often rows are looked for that no commit of this process announced.
  std::chrono::milliseconds sweep_interval{2'000};
  /// How long a relay that stands still keeps the others from taking over. Its holder prolongs it while it works.
  std::chrono::milliseconds lease{5'000};
  /// A row that Kafka refuses is tried again after this, doubled each time up to the maximum. The later rows of its
  /// key wait with it; other keys go on.
  std::chrono::milliseconds first_retry{200};
  std::chrono::milliseconds max_retry{30'000};
};

/// What waits in the table. For metrics and tools.
struct OutboxBacklog {
  std::int64_t events = 0;
  /// Of the oldest one.
  std::optional<std::chrono::milliseconds> oldest_age;
};

namespace internal {
class OutboxStore;
struct EventMetrics;
}  // namespace internal

/// May be used from every worker. The database outlives it.
class Outbox {
 public:
  /// How the relay sends: ends when Kafka has acknowledged the record. Called for several records at once.
  using Send = std::function<Task<>(kafka::Record)>;

  /// Makes the tables where they are missing. Metrics go to the running task's Telemetry, which outlives the outbox.
  static Task<std::unique_ptr<Outbox>> create(sql::Database& database, OutboxOptions options);
  ~Outbox();
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  /// Publishes the message when `tx`, a transaction of this outbox's database, commits. The span of the publishing is
  /// kept in the row, and is the parent of the handlers' spans. Errors: those of make_event, and the database's.
  template <EventMessage M>
  Task<> publish(sql::Transaction& tx, const M& message, std::string key, PublishOptions options = {}) {
    return store(tx, make_event(message, source(), std::move(key), std::move(options)));
  }
  /// The same for an event that was made before; its span is replaced by that of the publishing. `tx` outlives the
  /// task.
  Task<> publish(sql::Transaction& tx, OutgoingEvent event) { return store(tx, std::move(event)); }

  /// Relays until it is cancelled. Runs once per process; Bus::run() does it for the services.
  Task<> relay(Send send);

  const std::string& source() const { return options_.source; }
  Task<OutboxBacklog> backlog();

 private:
  Outbox(sql::Database& database, OutboxOptions options);
  Task<> store(sql::Transaction& tx, Result<OutgoingEvent> event);

  const OutboxOptions options_;
  const std::unique_ptr<internal::OutboxStore> store_;
  const std::unique_ptr<internal::EventMetrics> metrics_;
  const Channel<bool> wake_;
};

}  // namespace skerry::events
