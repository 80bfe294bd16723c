// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/worker.h"

#include <algorithm>
#include <utility>

#include "skerry/async/runtime.h"
#include "skerry/base/check.h"

namespace skerry {
namespace {

thread_local Worker* worker_of_thread = nullptr;

using Clock = std::chrono::steady_clock;

// How often a stopping worker looks at stop_limit.
constexpr std::chrono::milliseconds kStopCheckInterval{20};

// The longest wait for events. A timer may be centuries away, more than a clock can count.
constexpr std::uint64_t kMaxWaitMs = 3'600'000;

}  // namespace

Worker::Worker(Runtime& runtime, unsigned index) : runtime_(runtime), index_(index), started_(Clock::now()) {}

Worker::~Worker() { SKERRY_CHECK(live_ == nullptr, "a worker goes only after its tasks"); }

Worker* Worker::current() { return worker_of_thread; }

void Worker::Queue::push(internal::WorkItem& item) {
  item.next = nullptr;
  (tail != nullptr ? tail->next : head) = &item;
  tail = &item;
}

internal::WorkItem* Worker::Queue::pop() {
  internal::WorkItem* item = head;
  head = item->next;
  if (head == nullptr) tail = nullptr;
  return item;
}

void Worker::make_ready(internal::WorkItem& item) { ready_.push(item); }

void Worker::at_end_of_turn(internal::WorkItem& item) { end_of_turn_.push(item); }

// The inbox is a stack of which the owner takes everything at once. Only whoever pushes onto an empty one has to look
// whether the worker sleeps: the others' items are found with the first. Sequential consistency orders this push
// against the owner's "sleeping, but is the inbox still empty?".
void Worker::post(internal::WorkItem& item) {
  if (worker_of_thread == this) return make_ready(item);
  internal::WorkItem* head = inbox_.load(std::memory_order_relaxed);
  do {
    item.next = head;
  } while (!inbox_.compare_exchange_weak(head, &item, std::memory_order_seq_cst, std::memory_order_relaxed));
  if (sleeping_.load(std::memory_order_seq_cst) && sleeping_.exchange(false, std::memory_order_seq_cst)) {
    reactor_.interrupt();
  }
}

void Worker::start(internal::Fiber& fiber) {
  fibers_started_.fetch_add(1, std::memory_order_acq_rel);
  post(fiber.step_);
}

void Worker::drain_inbox() {
  if (inbox_.load(std::memory_order_relaxed) == nullptr) return;
  internal::WorkItem* newest_first = inbox_.exchange(nullptr, std::memory_order_seq_cst);
  internal::WorkItem* oldest_first = nullptr;
  while (newest_first != nullptr) {
    internal::WorkItem* next = std::exchange(newest_first->next, oldest_first);
    oldest_first = std::exchange(newest_first, next);
  }
  while (oldest_first != nullptr) {
    internal::WorkItem* next = oldest_first->next;
    ready_.push(*oldest_first);
    oldest_first = next;
  }
}

std::uint64_t Worker::tick_of(Clock::time_point when) const {
  if (when <= started_) return 0;
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(when - started_).count());
}

void Worker::schedule(internal::TimerNode& timer, Clock::time_point when) {
  // Rounded up: a timer never fires early.
  timers_.schedule(timer, when == internal::kNoDeadline ? internal::TimerWheel::kNever - 1 : tick_of(when) + 1);
}

void Worker::advance_timers() {
  if (timers_.size() == 0) return;
  timers_.advance(tick_of(Clock::now()));
}

void Worker::run_ready() {
  for (int step = 0; step < kStepsPerTurn && !ready_.empty(); ++step) {
    internal::WorkItem* item = ready_.pop();
    item->run(item);
  }
}

void Worker::run_end_of_turn() {
  // Only what is there now: an item may schedule itself again for the next turn.
  Queue due = std::exchange(end_of_turn_, Queue{});
  while (!due.empty()) {
    internal::WorkItem* item = due.pop();
    item->run(item);
  }
}

void Worker::wait_for_work() {
  std::chrono::nanoseconds limit = std::chrono::nanoseconds::max();
  if (timers_.size() > 0) {
    const std::uint64_t tick = std::min(timers_.next_tick(), timers_.now_tick() + kMaxWaitMs);
    const auto due = started_ + std::chrono::milliseconds(tick);
    limit = std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(due - Clock::now()));
  }
  sleeping_.store(true, std::memory_order_seq_cst);
  if (stopping_.load(std::memory_order_seq_cst)) limit = std::min<std::chrono::nanoseconds>(limit, kStopCheckInterval);
  if (inbox_.load(std::memory_order_seq_cst) != nullptr || !ready_.empty()) limit = std::chrono::nanoseconds::zero();
  reactor_.poll(limit);
  sleeping_.store(false, std::memory_order_relaxed);
}

// Cancels what lives here; what is started from now on is cancelled in add_live. Children of scopes are left to the
// scope, which may be shielded.
void Worker::begin_stop() {
  stop_begun_ = true;
  for_each_fiber([](internal::Fiber& fiber) {
    if (!fiber.root_cancel().has_parent()) fiber.root_cancel().cancel(internal::CancelState::kCancelled);
  });
}

// While stopping: the end has come when no worker has a live task, since a live one may still wake or start others
// anywhere.
bool Worker::may_end() {
  runtime_.check_stop_limit();
  if (!ready_.empty() || !end_of_turn_.empty() || inbox_.load(std::memory_order_acquire) != nullptr) return false;
  return runtime_.live_fibers() == 0;
}

void Worker::run() {
  Worker* outer = std::exchange(worker_of_thread, this);
  for (;;) {
    drain_inbox();
    advance_timers();
    run_ready();
    run_end_of_turn();
    if (stopping_.load(std::memory_order_acquire)) {
      if (!stop_begun_) begin_stop();
      if (may_end()) break;
    }
    if (ready_.empty() && end_of_turn_.empty()) {
      wait_for_work();
    } else {
      reactor_.poll(std::chrono::nanoseconds::zero());
    }
  }
  stop_begun_ = false;
  runtime_.interrupt_all();
  worker_of_thread = outer;
}

void Worker::stop() {
  stopping_.store(true, std::memory_order_seq_cst);
  reactor_.interrupt();
}

void Worker::add_live(internal::Fiber& fiber) {
  fiber.live_next_ = live_;
  fiber.live_previous_ = nullptr;
  fiber.id_ = (static_cast<std::uint64_t>(index_) << 48) | ++last_fiber_;
  fiber.since_ = Clock::now();
  if (live_ != nullptr) live_->live_previous_ = &fiber;
  live_ = &fiber;
  if (stop_begun_ && !fiber.root_cancel().has_parent()) fiber.root_cancel().cancel(internal::CancelState::kCancelled);
}

void Worker::remove_live(internal::Fiber& fiber) {
  if (fiber.live_next_ != nullptr) fiber.live_next_->live_previous_ = fiber.live_previous_;
  (fiber.live_previous_ != nullptr ? fiber.live_previous_->live_next_ : live_) = fiber.live_next_;
  fibers_ended_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace skerry
