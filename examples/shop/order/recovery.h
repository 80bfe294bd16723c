// SPDX-License-Identifier: Apache-2.0
//
// Recovery: sees to it that stock is given back where an order ended half-way: by an error, because the caller went
// away, or because the process was killed.
//
// An order is placed in four steps, each durable before the next begins:
//
//   1. Reserve at inventory     the stock is held for some seconds
//   2. stored as pending        with its idempotency key
//   3. Confirm at inventory     the stock is taken for good
//   4. stored as confirmed      and only then answered
//
// Killed after 1: the reservation expires by itself, since only Confirm makes it last. Killed after 2 or 3: the pending
// row is found at the next start, and undone: Release, which is right whether Confirm arrived or not, then the row
// goes. Killed after 4: nothing is owed; the order counts, and with its key the caller gets it. So stock never leaks,
// and an order that was answered never loses its stock. Where a step fails and the process lives, it is undone the same
// way at once. A cancelled order is marked first and its stock released second; a kill in between is found likewise.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "examples/shop/order/downstream.h"
#include "examples/shop/order/order_store.h"

#include "skerry/async/sync.h"

namespace shop {

/// Orders that wait to be undone. Further ones are not lost: their reservation expires or their row is found.
inline constexpr std::size_t kMaxAbandoned = 1'000;
/// How long to wait before another attempt when inventory did not answer.
inline constexpr std::chrono::milliseconds kRecoveryPause{1'000};
/// Unsettled orders that are read at a time.
inline constexpr std::size_t kUnsettledBatch = 100;

/// Any worker.
class Recovery {
 public:
  Recovery(std::shared_ptr<OrderStore> store, std::shared_ptr<Downstream> downstream);
  Recovery(const Recovery&) = delete;
  Recovery& operator=(const Recovery&) = delete;

  /// The placing or cancelling of an order, from before its first step. Unless it is completed, the order is settled by
  /// recovery when the attempt goes, however its task ended.
  class Attempt {
   public:
    Attempt(Recovery& recovery, std::string order_id);
    ~Attempt();
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;
    /// Nothing is owed to inventory.
    void complete() { completed_ = true; }

   private:
    Recovery& recovery_;
    const std::string order_id_;
    bool completed_ = false;
  };

  /// Releases what the order owes, according to what is stored of it: a pending or unknown one is undone, a cancelled
  /// one's stock returned, a confirmed one left alone. Precondition: nobody is placing it.
  skerry::Task<> settle(std::string order_id);

  /// Settles what earlier processes left and whatever is abandoned, until it is cancelled.
  skerry::Task<> run();

 private:
  skerry::Task<bool> settle_abandoned();
  skerry::Task<bool> settle_stored();
  skerry::Task<bool> try_to_settle(std::string order_id);
  std::deque<std::string> take_abandoned();
  bool is_in_flight(const std::string& order_id) const;

  const std::shared_ptr<OrderStore> store_;
  const std::shared_ptr<Downstream> downstream_;
  skerry::Event wake_;
  mutable std::mutex mutex_;
  // An order may be attempted twice at once: two requests that cancel it.
  std::multiset<std::string> in_flight_;
  std::deque<std::string> abandoned_;
};

}  // namespace shop
