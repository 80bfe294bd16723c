// SPDX-License-Identifier: Apache-2.0
//
// Inbox: which events a group has handled, by source and id, in the service's own database. Written in the same
// transaction as what the handling changed, it makes at-least-once delivery exactly once in effect:
//
//   co_await db.transaction([&](sql::Transaction& tx) -> Task<> {
//     if (!co_await inbox.claim(tx, "payment", event.source, event.id)) co_return;     // handled before
//     co_await charge(tx, event);
//   });
//
// Subscriptions do this by themselves (skerry/events/subscribe.h); the class is for what receives events by other ways.
//
// Ids are forgotten some time after they were recorded (BusOptions::inbox_retention): the window in which a second
// delivery is known as one.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "skerry/async/task.h"
#include "skerry/events/cloud_event.h"
#include "skerry/sql/database.h"

namespace skerry::events {

/// Ids that one prune() removes at most, so that it does not keep the writers waiting.
inline constexpr std::int64_t kMaxPrunedIds = 5'000;

/// Any worker. The database outlives it.
class Inbox {
 public:
  /// Call create_tables() before the first use.
  explicit Inbox(sql::Database& database) : database_(database) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  Task<> create_tables();

  /// Records the event as handled by the group when `tx` commits. True for the first to do so. `tx` outlives the task.
  Task<bool> claim(sql::Transaction& tx, std::string group, std::string source, std::string id);
  /// True if a committed transaction has claimed it. Works in a transaction and outside.
  static Task<bool> was_handled(sql::Executor& executor, std::string group, std::string source, std::string id);

  /// Forgets up to kMaxPrunedIds ids that were recorded before `horizon`, the oldest first, and gives how many.
  Task<std::int64_t> prune(Time horizon);

 private:
  sql::Database& database_;
};

}  // namespace skerry::events
