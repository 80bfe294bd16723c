// SPDX-License-Identifier: Apache-2.0
//
// How events are handled: the options of a subscription and what a handler is told. A handler is one of
//
//   Task<>(OrderAccepted, EventContext, sql::Transaction&)     everything it does is in that transaction
//   Task<>(OrderAccepted, EventContext)                        it calls others, waits, or needs no database
//
// With the transaction the event is handled exactly once in effect: the row in the inbox, the position in the order of
// the aggregate and what the handler wrote are committed together. Without it the event is handled at least once; what
// has to be done once goes into a transaction of the handler's own that begins with `claim`:
//
//   Task<> charge(ChargeRequested request, events::EventContext context) {
//     const Receipt receipt = co_await cards.charge(context.event().id, request.amount_cents());   // idempotent
//     co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
//       if (!co_await context.claim(tx)) co_return;                     // another instance was faster
//       co_await outbox.publish(tx, charged(receipt), request.order_id());
//     });
//   }
//
// A failed attempt (an error, a panic, or HandlerOptions::limit passed) is made again after a pause; after the last
// one, or at once for a permanent error, the event becomes a dead letter (skerry/events/dead_letters.h). Later events
// of the same key then go on, unless the subscription asks to hold the key.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/events/cloud_event.h"
#include "skerry/events/dead_letter.h"
#include "skerry/sql/transaction.h"

namespace skerry::events {

/// When a failed attempt is made again: after a random time between half of a bound and the bound, which starts at
/// `first` and doubles.
struct RetryPolicy {
  std::uint32_t max_attempts = 8;
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds max{30'000};
  /// Errors that no repetition heals: the event becomes a dead letter at once.
  std::vector<Code> permanent = {Code::kInvalidArgument, Code::kUnimplemented};

  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

/// What the order of one aggregate (a source and a subject) goes by, beyond Kafka's own order within a partition.
enum class Ordering : std::uint8_t {
  /// As the records come: of one key one after the other.
  kAsReceived,
  /// By CloudEvent::sequence: what is not after the last version is stale and dropped, what is early is parked until
  /// the gap before it is filled. Events without a sequence are handled as they come.
  kBySequence,
  /// By CloudEvent::time, for events that carry a whole state: what is older than the last one is stale and dropped.
  kByTime,
};

/// What becomes of the later events of a key after one of them became a dead letter.
enum class AfterDeadLetter : std::uint8_t {
  /// They are handled.
  kGoOn,
  /// They become dead letters as well, unhandled, until all dead letters of the key were redriven or discarded; so
  /// they are handled in their order then.
  kHoldKey,
};

/// What becomes of an event whose type no handler of the topic and group takes.
enum class UnknownType : std::uint8_t { kDeadLetter, kIgnore };

/// Of one topic and group; every subscribe() for the two gives the same.
struct SubscribeOptions {
  RetryPolicy retry = {};
  Ordering ordering = Ordering::kAsReceived;
  AfterDeadLetter after_dead_letter = AfterDeadLetter::kGoOn;
  UnknownType unknown_type = UnknownType::kDeadLetter;
  /// How long one attempt may take before it is cancelled and has failed.
  std::chrono::milliseconds handler_limit{30'000};
  /// Early events kept per aggregate, and how long the oldest of them waits. Past either the gap before it is given up
  /// and reported: the parked events are handled in their order, and what belonged into the gap is stale when it comes.
  std::size_t max_parked = 100;
  std::chrono::milliseconds park_limit{60'000};

  friend bool operator==(const SubscribeOptions&, const SubscribeOptions&) = default;
};

namespace internal {

/// What is behind an EventContext.
class HandledEvent {
 public:
  HandledEvent() = default;
  HandledEvent(const HandledEvent&) = delete;
  HandledEvent& operator=(const HandledEvent&) = delete;
  virtual ~HandledEvent() = default;

  virtual const CloudEvent& event() const = 0;
  virtual const std::string& key() const = 0;
  virtual const RecordPosition& position() const = 0;
  virtual const std::string& group() const = 0;
  virtual std::uint32_t attempt() const = 0;
  virtual Task<bool> claim(sql::Transaction& tx) const = 0;
};

}  // namespace internal

/// What a handler is told. A handle, to be copied at will; valid until the handler's task ends.
class EventContext {
 public:
  /// The event outlives the context.
  explicit EventContext(const internal::HandledEvent& handled) : handled_(&handled) {}

  const CloudEvent& event() const { return handled_->event(); }
  /// The record's key; empty where it has none.
  const std::string& key() const { return handled_->key(); }
  const RecordPosition& position() const { return handled_->position(); }
  const std::string& group() const { return handled_->group(); }
  /// 1 for the first attempt. Goes on counting over a restart.
  std::uint32_t attempt() const { return handled_->attempt(); }

  /// Makes `tx`, a transaction of the bus's database, the one that handles the event: true if the handler is to go on
  /// and have its effect in it, false if the event was handled before. A handler that was given a transaction need not
  /// call it. FAILED_PRECONDITION on a bus without a database. `tx` outlives the task.
  Task<bool> claim(sql::Transaction& tx) const { return handled_->claim(tx); }

 private:
  const internal::HandledEvent* handled_;
};

}  // namespace skerry::events
