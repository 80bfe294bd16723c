// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/outbox.h"

#include <utility>

#include "skerry/base/ids.h"
#include "skerry/events/event_metrics.h"
#include "skerry/events/event_span.h"
#include "skerry/events/outbox_relay.h"
#include "skerry/events/outbox_store.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::events {

Outbox::Outbox(sql::Database& database, OutboxOptions options)
    : options_(std::move(options)),
      store_(std::make_unique<internal::OutboxStore>(database)),
      metrics_(std::make_unique<internal::EventMetrics>(telemetry::current().metrics())),
      wake_(1) {}
Outbox::~Outbox() = default;

Task<std::unique_ptr<Outbox>> Outbox::create(sql::Database& database, OutboxOptions options) {
  std::unique_ptr<Outbox> outbox(new Outbox(database, std::move(options)));
  co_await outbox->store_->create_tables();
  co_return outbox;
}

Task<> Outbox::store(sql::Transaction& tx, Result<OutgoingEvent> event) {
  OutgoingEvent outgoing = co_await std::move(event);
  telemetry::Span span =
      telemetry::Span::start(internal::publish_span_name(outgoing), internal::publish_span_options());
  outgoing.event.trace = span.context();
  internal::describe_publish(span, outgoing);
  const std::string topic = outgoing.topic;
  Result<> stored = co_await store_->insert(tx, std::move(outgoing)).result();
  if (!stored) span.fail(stored.error());
  span.end();
  co_await std::move(stored);
  // Before the commit there is nothing to relay; an announcement that is there already stands for this one too.
  tx.on_commit([wake = wake_, sent = metrics_->sent.with({topic})]() mutable {
    sent.increment();
    wake.try_send(true);
  });
}

Task<> Outbox::relay(Send send) {
  internal::OutboxRelay relay(*store_, options_, std::move(send), wake_, *metrics_,
                              [](std::uint64_t bound) { return random_below(bound); });
  co_await relay.run();
}

Task<OutboxBacklog> Outbox::backlog() { return store_->backlog(); }

}  // namespace skerry::events
