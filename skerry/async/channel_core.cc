// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/channel_core.h"

#include <algorithm>
#include <array>

#include "skerry/async/context.h"
#include "skerry/async/worker.h"
#include "skerry/base/ids.h"

namespace skerry::internal {

void Waiter::complete(bool with_value) {
  ok = with_value;
  wait->chosen_.store(case_index, std::memory_order_relaxed);
  // The wake-up publishes what was written above, and the waiting frame may be gone right after it.
  wait->fiber_->wake();
}

void WaiterQueue::push(Waiter& waiter) {
  waiter.previous = last_;
  waiter.next = nullptr;
  (last_ != nullptr ? last_->next : first_) = &waiter;
  last_ = &waiter;
  waiter.queued = true;
}

void WaiterQueue::remove(Waiter& waiter) {
  (waiter.previous != nullptr ? waiter.previous->next : first_) = waiter.next;
  (waiter.next != nullptr ? waiter.next->previous : last_) = waiter.previous;
  waiter.queued = false;
}

Waiter* WaiterQueue::claim_first() {
  while (first_ != nullptr) {
    Waiter* waiter = first_;
    remove(*waiter);
    if (waiter->wait->fiber_->try_claim()) return waiter;
  }
  return nullptr;
}

bool ChannelCore::close() {
  std::lock_guard lock(mutex);
  if (closed) return false;
  closed = true;
  while (Waiter* receiver = receivers.claim_first()) receiver->complete(false);
  while (Waiter* sender = senders.claim_first()) sender->complete(false);
  return true;
}

bool ChannelCore::is_closed() {
  std::lock_guard lock(mutex);
  return closed;
}

std::size_t ChannelCore::size() {
  std::lock_guard lock(mutex);
  return buffered();
}

/// Locks the channels of all cases, each once, in the order of their addresses, so that two selects never deadlock.
class SelectWait::LockAll {
 public:
  explicit LockAll(std::span<SelectCase* const> cases) {
    for (SelectCase* each : cases) {
      if (each->kind() != SelectCase::Kind::kChannel) continue;
      if (ChannelCore* channel = static_cast<ChannelCase*>(each)->channel()) channels_[count_++] = channel;
    }
    if (count_ > 1) {
      std::sort(channels_.begin(), channels_.begin() + count_);
      count_ = std::unique(channels_.begin(), channels_.begin() + count_) - channels_.begin();
    }
    for (std::ptrdiff_t i = 0; i < count_; ++i) channels_[static_cast<std::size_t>(i)]->mutex.lock();
  }
  ~LockAll() {
    while (count_ > 0) channels_[static_cast<std::size_t>(--count_)]->mutex.unlock();
  }
  LockAll(const LockAll&) = delete;
  LockAll& operator=(const LockAll&) = delete;

 private:
  std::array<ChannelCore*, kMaxCases> channels_;
  std::ptrdiff_t count_ = 0;
};

// Under all locks. Begins at a random case and goes on cyclically through a random permutation's worth of starts: with
// more than one case ready each must be equally likely, so the ready ones are found by a shuffled order.
bool SelectWait::choose_ready() {
  std::array<std::uint8_t, kMaxCases> order;
  const std::size_t count = cases_.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t j = count > 1 ? random_below(i + 1) : 0;
    order[i] = order[j];
    order[j] = static_cast<std::uint8_t>(i);
  }
  for (std::size_t i = 0; i < count; ++i) {
    SelectCase* each = cases_[order[i]];
    if (each->kind() == SelectCase::Kind::kTimer) {
      if (static_cast<TimerCase*>(each)->until() > std::chrono::steady_clock::now()) continue;
    } else if (each->kind() == SelectCase::Kind::kChannel) {
      auto* channel_case = static_cast<ChannelCase*>(each);
      channel_case->waiter.ok = true;
      if (channel_case->channel() == nullptr || !channel_case->try_complete()) continue;
    } else {
      continue;
    }
    chosen_.store(order[i], std::memory_order_relaxed);
    return true;
  }
  return false;
}

bool SelectWait::try_now() {
  if (Worker* worker = Worker::current(); !has_default_ && !worker->spend_budget()) return false;
  LockAll locks(cases_);
  if (choose_ready()) return true;
  if (!has_default_) return false;
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    if (cases_[i]->kind() == SelectCase::Kind::kDefault) chosen_.store(i, std::memory_order_relaxed);
  }
  return true;
}

std::coroutine_handle<> SelectWait::suspend(PromiseBase* frame) noexcept {
  fiber_ = Fiber::current();
  if (fiber_->cancelled()) return end_cancelled(frame);
  LockAll locks(cases_);
  fiber_->begin_wait(this, frame);
  if (choose_ready()) {
    // Ready after all, or the budget is spent: through the ready queue, so that others get their turn.
    if (fiber_->try_claim()) fiber_->wake();
    return std::noop_coroutine();
  }
  enqueue();
  return std::noop_coroutine();
}

// Under all locks. From the first push on another worker may see the wait, but has to wait for the lock.
void SelectWait::enqueue() {
  queued_ = true;
  for (std::size_t i = 0; i < cases_.size(); ++i) {
    SelectCase* each = cases_[i];
    if (each->kind() == SelectCase::Kind::kTimer) {
      auto* timer_case = static_cast<TimerCase*>(each);
      timer_case->timer.wait = this;
      timer_case->timer.case_index = i;
      timer_case->timer.expired = [](TimerNode* node) {
        const auto* timer = static_cast<TimerCase::Timer*>(node);
        if (!timer->wait->fiber_->try_claim()) return;
        timer->wait->chosen_.store(timer->case_index, std::memory_order_relaxed);
        timer->wait->fiber_->wake();
      };
      fiber_->home()->schedule(timer_case->timer, timer_case->until());
    } else if (each->kind() == SelectCase::Kind::kChannel) {
      auto* channel_case = static_cast<ChannelCase*>(each);
      if (channel_case->channel() == nullptr) continue;
      channel_case->waiter.wait = this;
      channel_case->waiter.case_index = i;
      channel_case->queue().push(channel_case->waiter);
    }
  }
}

// On the home worker, after the claim: nobody completes a case any more, but others may still come across the waiters.
void SelectWait::leave_queues() noexcept {
  for (SelectCase* each : cases_) {
    if (each->kind() == SelectCase::Kind::kTimer) {
      fiber_->home()->cancel(static_cast<TimerCase*>(each)->timer);
    } else if (each->kind() == SelectCase::Kind::kChannel) {
      auto* channel_case = static_cast<ChannelCase*>(each);
      if (channel_case->channel() == nullptr) continue;
      std::lock_guard lock(channel_case->channel()->mutex);
      if (channel_case->waiter.queued) channel_case->queue().remove(channel_case->waiter);
    }
  }
}

std::size_t SelectWait::finish() {
  // A wait with one case was taken out of its queue by whoever completed it.
  if (queued_ && cases_.size() > 1) leave_queues();
  const std::size_t chosen = chosen_.load(std::memory_order_relaxed);
  cases_[chosen]->finish();
  return chosen;
}

bool SelectWait::cancel() noexcept {
  if (!fiber_->try_claim()) return false;
  leave_queues();
  return true;
}

}  // namespace skerry::internal
