// SPDX-License-Identifier: Apache-2.0
#include "examples/shop/order/recovery.h"

#include <utility>

#include "skerry/async/sleep.h"
#include "skerry/telemetry/log.h"

namespace shop {

using skerry::Result;
using skerry::Task;
namespace log = skerry::log;

Recovery::Recovery(std::shared_ptr<OrderStore> store, std::shared_ptr<Downstream> downstream)
    : store_(std::move(store)), downstream_(std::move(downstream)) {}

Recovery::Attempt::Attempt(Recovery& recovery, std::string order_id)
    : recovery_(recovery), order_id_(std::move(order_id)) {
  std::lock_guard lock(recovery_.mutex_);
  recovery_.in_flight_.insert(order_id_);
}

Recovery::Attempt::~Attempt() {
  {
    std::lock_guard lock(recovery_.mutex_);
    recovery_.in_flight_.erase(recovery_.in_flight_.find(order_id_));
    if (completed_) return;
    if (recovery_.abandoned_.size() < kMaxAbandoned) recovery_.abandoned_.push_back(order_id_);
  }
  recovery_.wake_.set();
}

bool Recovery::is_in_flight(const std::string& order_id) const {
  std::lock_guard lock(mutex_);
  return in_flight_.contains(order_id);
}

std::deque<std::string> Recovery::take_abandoned() {
  std::lock_guard lock(mutex_);
  return std::exchange(abandoned_, {});
}

Task<> Recovery::settle(std::string order_id) {
  const std::optional<StoredOrder> order = co_await store_->find(order_id);
  if (!order) {
    co_await downstream_->undo(OrderStep::kStock, order_id);
  } else if (order->state != OrderState::kCompleted) {
    co_await undo_steps(*order);
  }
}

Task<> Recovery::undo_steps(StoredOrder order) {
  StepSet undone;
  Result<> outcome;
  for (const OrderStep step : kStepsInReverse) {
    if (!order.begun.contains(step)) continue;
    Result<> undo = co_await downstream_->undo(step, order.order_id).result();
    if (undo) {
      undone.add(step);
    } else if (outcome) {
      outcome = std::move(undo);
    }
  }
  if (!undone.empty()) co_await store_->undone(order.order_id, undone);
  co_await std::move(outcome);
}

Task<bool> Recovery::try_to_settle(std::string order_id) {
  const Result<> settled = co_await settle(order_id).result();
  if (settled) {
    log::info("undid an unfinished order", {{"order_id", order_id}});
  } else {
    log::warning("an unfinished order could not be undone yet",
                 {{"order_id", order_id}, {"error", settled.error().to_string()}});
  }
  co_return settled.has_value();
}

Task<bool> Recovery::settle_abandoned() {
  bool all_settled = true;
  for (const std::string& order_id : take_abandoned()) {
    const bool settled = co_await try_to_settle(order_id);
    all_settled = all_settled && settled;
  }
  co_return all_settled;
}

Task<bool> Recovery::settle_stored() {
  bool all_settled = true;
  std::string last;
  while (true) {
    const std::vector<std::string> batch = co_await store_->unsettled(last, kUnsettledBatch);
    for (const std::string& order_id : batch) {
      // Read before this check, a row of an attempt that has just ended may be out of date; settle reads it again.
      if (is_in_flight(order_id)) continue;
      const bool settled = co_await try_to_settle(order_id);
      all_settled = all_settled && settled;
    }
    if (batch.size() < kUnsettledBatch) co_return all_settled;
    last = batch.back();
  }
}

Task<> Recovery::run() {
  while (true) {
    wake_.reset();
    const bool abandoned_settled = co_await settle_abandoned();
    const Result<bool> stored_settled = co_await settle_stored().result();
    if (abandoned_settled && stored_settled && *stored_settled) {
      co_await wake_.wait();
    } else {
      co_await skerry::sleep(kRecoveryPause);
    }
  }
}

}  // namespace shop
