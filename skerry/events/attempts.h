// SPDX-License-Identifier: Apache-2.0
//
// What a group remembers of events that it did not get done: how often they were tried, and which keys wait for a dead
// letter to be settled. In the service's database, so that a crash resets neither. Internal to events/.
#pragma once

#include <cstdint>
#include <string>

#include "skerry/events/dead_letter.h"
#include "skerry/sql/database.h"

namespace skerry::events::internal {

/// Attempts by the record's position: failed ones, and those that a process has died of.
class Attempts {
 public:
  explicit Attempts(std::string group) : group_(std::move(group)) {}
  static Task<> create_tables(sql::Database& database);

  /// Counts one more attempt and gives how many there are now.
  Task<std::uint32_t> count(sql::Database& database, RecordPosition position) const;
  Task<> forget(sql::Transaction& tx, RecordPosition position) const;
  /// Forgets what all groups tried last before `horizon`.
  static Task<std::int64_t> prune(sql::Database& database, Time horizon);

 private:
  const std::string group_;
};

/// Keys that are held (AfterDeadLetter::kHoldKey), with the dead letters that they are held for.
class HeldKeys {
 public:
  explicit HeldKeys(std::string group) : group_(std::move(group)) {}
  static Task<> create_tables(sql::Database& database);

  Task<bool> is_held(sql::Executor& executor, std::string topic, std::string key) const;
  /// `died` is where the dead event stood.
  Task<> hold(sql::Transaction& tx, std::string key, RecordPosition died) const;
  /// The dead letter is settled; the key is free when it was the last one.
  Task<> release(sql::Transaction& tx, RecordPosition died) const;

 private:
  const std::string group_;
};

}  // namespace skerry::events::internal
