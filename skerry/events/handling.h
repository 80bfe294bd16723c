// SPDX-License-Identifier: Apache-2.0
//
// Handling: one attempt to have one event handled: whether it is its turn, the handler with its transaction, and what
// is recorded of it in the same transaction. Internal to events/.
//
// Whatever the kind of handler, the event counts as handled when a transaction commits that has
//   the (source, id) in the inbox, the aggregate's position advanced, its parked copy and its attempts gone.
// Without a database nothing of that is kept, and the handler is called for every delivery.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "skerry/events/attempts.h"
#include "skerry/events/erased_handler.h"
#include "skerry/events/inbox.h"
#include "skerry/events/keyed_dispatcher.h"
#include "skerry/events/ordering_guard.h"

namespace skerry::events::internal {

/// What a group wants of one topic.
struct TopicSubscription {
  SubscribeOptions options;
  std::map<std::string, ErasedHandler, std::less<>> handlers;  // by type
};

/// What a group keeps in the service's database.
struct GroupStore {
  GroupStore(sql::Database& of, const std::string& group)
      : database(of), inbox(of), ordering(group), attempts(group), held_keys(group) {}
  Task<> create_tables();

  sql::Database& database;
  Inbox inbox;
  OrderingGuard ordering;
  Attempts attempts;
  HeldKeys held_keys;
};

/// What became of a delivery.
enum class Fate : std::uint8_t { kHandled, kDuplicate, kStale, kParked, kDead, kPassedOver };
/// "handled", "duplicate" ...
std::string_view fate_name(Fate fate);

/// All that is referred to outlives the handling.
struct HandlingParts {
  const std::string& group;
  GroupStore* store = nullptr;  // null without a database
  const SubscribeOptions& options;
  const ErasedHandler& handler;
  const Delivery& delivery;
};

class Handling final : public HandledEvent {
 public:
  Handling(HandlingParts parts, CloudEvent event, std::optional<Redrive> redrive);

  const CloudEvent& event() const override { return event_; }
  const std::string& key() const override { return key_; }
  const RecordPosition& position() const override { return position_; }
  const std::string& group() const override { return parts_.group; }
  std::uint32_t attempt() const override { return attempt_; }
  Task<bool> claim(sql::Transaction& tx) const override;

  /// Sees whether it is the event's turn and counts the attempt where that has to be done before. False if it is done:
  /// it was handled before, is stale or was parked.
  Task<bool> begin();
  /// Has it handled. Precondition: begin() gave true.
  Task<> run();
  /// Records, in one transaction, that the event is a dead letter now. Its turn was before.
  Task<> record_death(bool hold_key);

  const SubscribeOptions& options() const { return parts_.options; }
  /// True while a failure of run() is the handler's own and counts as an attempt.
  bool in_handler() const { return in_handler_; }
  Fate fate() const { return progress_.fate; }
  /// The gap before it was given up.
  bool gave_up_gap() const { return progress_.gave_up_gap; }
  /// The parked event that is due now that this one is done.
  std::optional<kafka::Record> take_released() { return std::exchange(progress_.released, std::nullopt); }

 private:
  /// What a transaction has found out. Counts once the transaction is on disk.
  struct Progress {
    Fate fate = Fate::kHandled;
    bool claimed = false;
    bool gave_up_gap = false;
    std::optional<kafka::Record> released;
  };

  bool ordered() const;
  AggregateKey aggregate() const;
  Task<Verdict> judge(sql::Executor& executor, AggregatePosition* position) const;
  Task<bool> turn_away(sql::Transaction& tx) const;
  Task<> leave_order(sql::Transaction& tx) const;
  Task<> call_handler(sql::Transaction* tx);
  Task<bool> is_clear() const;

  const HandlingParts parts_;
  const CloudEvent event_;
  const std::string key_;
  const RecordPosition position_;
  const std::optional<Redrive> redrive_;
  std::uint32_t attempt_;
  bool in_handler_ = false;
  // Changed by claim(), which handlers call on a const context.
  mutable Progress progress_;
};

}  // namespace skerry::events::internal
