// SPDX-License-Identifier: Apache-2.0
//
// OutboxStore: the outbox's tables: the events, and the lease that says which process relays them. Internal to events/.
//
// The lease. A relay takes it, gives it back when it finds nothing more to do, and prolongs it meanwhile. Whoever does
// not get it leaves `wanted` behind, and the holder cannot give it back while that is set: it looks once more. So what
// was committed before somebody asked for the lease is relayed by its holder, and nobody has to ask again.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "skerry/events/outbox.h"

namespace skerry::events::internal {

struct OutboxRow {
  std::int64_t position = 0;
  /// Topic and key: rows of one lane are sent one after the other. Rows without a key have a lane each.
  std::string lane;
  kafka::Record record;
};

/// Any worker.
class OutboxStore {
 public:
  explicit OutboxStore(sql::Database& database) : database_(database) {}
  OutboxStore(const OutboxStore&) = delete;
  OutboxStore& operator=(const OutboxStore&) = delete;

  Task<> create_tables();
  Task<> insert(sql::Transaction& tx, OutgoingEvent event);

  /// Up to `limit` rows behind a position, in order.
  Task<std::vector<OutboxRow>> rows(std::int64_t after, std::size_t limit);
  /// Deletes the rows, and prolongs the owner's lease. False if the lease is somebody else's now.
  Task<bool> finish(std::vector<std::int64_t> positions, std::string owner, std::chrono::milliseconds lease);
  Task<OutboxBacklog> backlog();

  /// nullopt if the owner has the lease now; else how long somebody else's lasts yet.
  Task<std::optional<std::chrono::milliseconds>> acquire(std::string owner, std::chrono::milliseconds lease);
  /// False, and the lease is kept, if somebody asked for it meanwhile.
  Task<bool> release(std::string owner);

 private:
  sql::Database& database_;
};

}  // namespace skerry::events::internal
