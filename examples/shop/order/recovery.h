// SPDX-License-Identifier: Apache-2.0
//
// Recovery: sees to it that what an order has begun at other services is undone where the order ended half-way (by an
// error, because the caller went away, or because the process was killed) and where it was cancelled.
//
// What has to be undone stands in OrderStore before it is begun, so a kill at any moment leaves one of these:
//
//   stock reserved, order not stored   the reservation expires by itself, since only Confirm makes it last
//   stored as pending                  found at the next start: all its steps are undone, then the row goes
//   stored as completed                nothing is owed; the order counts, and with its key the caller gets it
//   cancelled with steps begun         found at the next start: the rest of its steps is undone
//
// Compensations are right whether their step arrived or not (order_steps.h), and are repeated until they succeed. Where
// a step fails and the process lives, the order is undone the same way at once.
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
/// How long to wait before another attempt when a service did not answer.
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
    /// Nothing is owed to any service.
    void complete() { completed_ = true; }

   private:
    Recovery& recovery_;
    const std::string order_id_;
    bool completed_ = false;
  };

  /// Undoes what the order owes, according to what is stored of it: all of a pending one, which is removed then, the
  /// rest of a cancelled one, nothing of a completed one, and the reservation of an unknown one. A service that does
  /// not answer keeps none of the others from being asked; its error is the error here. Precondition: nobody is placing
  /// the order.
  skerry::Task<> settle(std::string order_id);

  /// Settles what earlier processes left and whatever is abandoned, until it is cancelled.
  skerry::Task<> run();

 private:
  skerry::Task<> undo_steps(StoredOrder order);
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
