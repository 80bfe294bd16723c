// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/handling.h"

#include <utility>

namespace skerry::events::internal {

std::string_view fate_name(Fate fate) {
  constexpr std::string_view kNames[] = {"handled", "duplicate", "stale", "parked", "dead", "passed_over"};
  return kNames[static_cast<std::size_t>(fate)];
}

Task<> GroupStore::create_tables() {
  co_await inbox.create_tables();
  co_await OrderingGuard::create_tables(database);
  co_await Attempts::create_tables(database);
  co_await HeldKeys::create_tables(database);
}

Handling::Handling(HandlingParts parts, CloudEvent event, std::optional<Redrive> redrive)
    : parts_(parts),
      event_(std::move(event)),
      key_(parts.delivery.record.key.value_or("")),
      position_(position_of(parts.delivery.record)),
      redrive_(std::move(redrive)),
      attempt_(parts.delivery.attempts + 1) {}

// A redriven event was decided on by people: it is handled although later versions were.
bool Handling::ordered() const { return !redrive_ && is_ordered(parts_.options.ordering, event_); }

AggregateKey Handling::aggregate() const {
  return {.topic = position_.topic, .source = event_.source, .subject = event_.subject};
}

Task<Verdict> Handling::judge(sql::Executor& executor, AggregatePosition* position) const {
  *position = co_await parts_.store->ordering.position(executor, aggregate());
  const Verdict verdict = internal::judge(parts_.options.ordering, *position, event_);
  if (verdict == Verdict::kEarly && parts_.delivery.gap_given_up) co_return Verdict::kDue;
  co_return verdict;
}

// True if the event is not to be handled, and then everything is recorded that has to be.
Task<bool> Handling::turn_away(sql::Transaction& tx) const {
  const GroupStore& store = *parts_.store;
  if (ordered()) {
    AggregatePosition position;
    const Verdict verdict = co_await judge(tx, &position);
    if (verdict == Verdict::kEarly) {
      co_await store.ordering.park(tx, aggregate(), *event_.sequence, parts_.delivery.record);
      progress_.fate = Fate::kParked;
      co_return true;
    }
    if (verdict == Verdict::kStale) {
      const bool handled = co_await Inbox::was_handled(tx, parts_.group, event_.source, event_.id);
      if (parts_.delivery.parked) co_await store.ordering.unpark(tx, aggregate(), *event_.sequence);
      progress_.fate = handled ? Fate::kDuplicate : Fate::kStale;
      co_return true;
    }
  }
  co_return false;
}

// The event is done: its aggregate goes on, and what was kept for it goes.
Task<> Handling::leave_order(sql::Transaction& tx) const {
  const GroupStore& store = *parts_.store;
  if (ordered()) {
    AggregatePosition position;
    co_await judge(tx, &position);
    if (parts_.options.ordering == Ordering::kBySequence) {
      progress_.gave_up_gap = *event_.sequence > position.sequence + 1;
    }
    co_await store.ordering.set_position(tx, aggregate(), advanced(parts_.options.ordering, position, event_));
    if (parts_.delivery.parked) co_await store.ordering.unpark(tx, aggregate(), *event_.sequence);
    if (parts_.options.ordering == Ordering::kBySequence) {
      progress_.released = co_await store.ordering.parked(tx, aggregate(), *event_.sequence + 1);
    }
  }
  if (parts_.delivery.suspect || parts_.delivery.attempts > 0) co_await store.attempts.forget(tx, position_);
  if (redrive_) co_await store.held_keys.release(tx, redrive_->died);
}

Task<bool> Handling::claim(sql::Transaction& tx) const {
  if (parts_.store == nullptr) co_await Error::failed_precondition("the bus has no database: give it one to claim");
  if (co_await turn_away(tx)) co_return false;
  const bool first = co_await parts_.store->inbox.claim(tx, parts_.group, event_.source, event_.id);
  co_await leave_order(tx);
  progress_.fate = first ? Fate::kHandled : Fate::kDuplicate;
  if (!first) co_return false;
  tx.on_commit([this] { progress_.claimed = true; });
  co_return true;
}

// Read before, so that neither a slow handler nor the count of attempts is begun for nothing.
Task<bool> Handling::is_clear() const {
  sql::Database& database = parts_.store->database;
  if (co_await Inbox::was_handled(database, parts_.group, event_.source, event_.id)) {
    progress_.fate = Fate::kDuplicate;
    co_return false;
  }
  if (!ordered()) co_return true;
  AggregatePosition position;
  const Verdict verdict = co_await judge(database, &position);
  co_return verdict == Verdict::kDue;
}

Task<bool> Handling::begin() {
  if (parts_.store == nullptr) co_return true;
  if (parts_.handler.transactional && !parts_.delivery.suspect) co_return true;
  if (!co_await is_clear()) {
    const bool away = co_await parts_.store->database.transaction([this](sql::Transaction& tx) -> Task<bool> {
      if (co_await turn_away(tx)) co_return true;
      co_return co_await Inbox::was_handled(tx, parts_.group, event_.source, event_.id);
    });
    if (away) co_return false;
  }
  if (parts_.delivery.suspect) attempt_ = co_await parts_.store->attempts.count(parts_.store->database, position_);
  co_return true;
}

Task<> Handling::call_handler(sql::Transaction* tx) {
  in_handler_ = true;
  co_await parts_.handler.handle(EventContext(*this), tx);
  in_handler_ = false;
}

Task<> Handling::run() {
  progress_.fate = Fate::kHandled;
  if (parts_.store == nullptr) {
    co_await call_handler(nullptr);
    co_return;
  }
  sql::Database& database = parts_.store->database;
  if (parts_.handler.transactional) {
    co_await database.transaction([this](sql::Transaction& tx) -> Task<> {
      if (!co_await claim(tx)) co_return;
      co_await call_handler(&tx);
    });
    co_return;
  }
  co_await call_handler(nullptr);
  if (progress_.claimed) co_return;
  // Without success somebody else has handled it at the same time, and it is over as well.
  co_await database.transaction([this](sql::Transaction& tx) -> Task<> { (void)co_await claim(tx); });
}

Task<> Handling::record_death(bool hold_key) {
  progress_.fate = Fate::kDead;
  if (parts_.store == nullptr) co_return;
  co_await parts_.store->database.transaction([this, hold_key](sql::Transaction& tx) -> Task<> {
    co_await leave_order(tx);
    if (hold_key) co_await parts_.store->held_keys.hold(tx, key_, position_);
  });
}

}  // namespace skerry::events::internal
