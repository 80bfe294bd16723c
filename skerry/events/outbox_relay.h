// SPDX-License-Identifier: Apache-2.0
//
// OutboxRelay: takes the outbox's rows to Kafka, one after the other within a lane (a topic and key), the lanes side by
// side. One task owns the state; the sends run in tasks of their own and report back by a channel. Internal to events/.
//
// The table is read in the order of positions behind a cursor. A row whose lane is busy or waits after a failure is
// passed over, and the reading begins anew when that lane is free. Rows of lanes that wait can therefore not hold up
// the others, however many they are.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "skerry/async/channel.h"
#include "skerry/async/scope.h"
#include "skerry/events/event_metrics.h"
#include "skerry/events/outbox_store.h"
#include "skerry/events/retry.h"

namespace skerry::events::internal {

/// Batches that may be under way at once: rows in memory are max_batch times this.
inline constexpr std::size_t kMaxRelayBatches = 4;

class OutboxRelay {
 public:
  /// The store and the metrics outlive it. `wake` has a value after a commit that wrote to the outbox.
  OutboxRelay(OutboxStore& store, const OutboxOptions& options, Outbox::Send send, Channel<bool> wake,
              EventMetrics& metrics, Random random);
  OutboxRelay(const OutboxRelay&) = delete;
  OutboxRelay& operator=(const OutboxRelay&) = delete;

  /// Until it is cancelled.
  Task<> run();

 private:
  using Moment = std::chrono::steady_clock::time_point;
  /// One lane's rows of one batch, when Kafka has answered: the first `acknowledged` of them are there.
  struct LaneEnd {
    std::string lane;
    std::vector<std::int64_t> positions;
    std::size_t acknowledged = 0;
    std::optional<Error> error;
  };
  struct LaneState {
    bool busy = false;
    bool passed_over = false;  // rows of it were seen meanwhile
    std::uint32_t failures = 0;
    Moment retry_at = {};
  };

  Task<> work(Scope& scope);
  Task<> take_lease();
  Task<> give_back_lease();
  Task<> read_on(Scope& scope);
  Task<> settle();
  Task<> wait();
  Task<> send_lane(std::string lane, std::deque<OutboxRow> rows);
  Task<> sweep(Moment now);

  void start_lane(Scope& scope, std::string lane, std::deque<OutboxRow> rows);
  void end_lane(LaneEnd end);
  void wake_lanes(Moment now);
  bool can_read() const;
  Moment next_wake() const;

  OutboxStore& store_;
  const OutboxOptions options_;
  const std::string owner_;
  const Outbox::Send send_;
  const Channel<bool> wake_;
  EventMetrics& metrics_;
  const Random random_;

  Channel<LaneEnd> ends_;
  std::vector<LaneEnd> ended_;
  bool leased_ = false;
  Moment lease_end_ = {};  // of this process's, or when to ask for another's again
  bool unread_ = true;     // there may be rows behind the cursor
  std::int64_t cursor_ = 0;
  std::unordered_map<std::string, LaneState> lanes_;
  std::unordered_set<std::int64_t> in_flight_;
  Moment next_sweep_ = {};
};

}  // namespace skerry::events::internal
