// SPDX-License-Identifier: Apache-2.0
//
// Worker: one thread that runs fibers, with its own reactor, timers, ready queue and inbox. Others reach it through the
// inbox alone. Internal to async/ and net/.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "skerry/async/fiber.h"
#include "skerry/async/reactor.h"
#include "skerry/async/timer_wheel.h"

namespace skerry {

class Runtime;

class Worker {
 public:
  /// How many ready fibers run before the worker looks at its inbox, its timers and its sockets again.
  static constexpr int kStepsPerTurn = 61;
  /// How many operations a fiber may complete without suspending before it goes to the end of the queue.
  static constexpr int kOperationBudget = 128;

  Worker(Runtime& runtime, unsigned index);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// The worker of this thread, or null.
  static Worker* current();

  Runtime& runtime() const { return runtime_; }
  unsigned index() const { return index_; }
  internal::Fiber* fiber() const { return fiber_; }
  internal::Reactor& reactor() { return reactor_; }
  /// How many fibers were started here, and how many of them have ended. Any thread. Read the ended ones first: then
  /// the difference is never less than what lived between the two reads.
  std::uint64_t fibers_ended() const { return fibers_ended_.load(std::memory_order_acquire); }
  std::uint64_t fibers_started() const { return fibers_started_.load(std::memory_order_acquire); }
  /// The number of fibers that live on this worker. Any thread.
  std::size_t live_fibers() const {
    const std::uint64_t ended = fibers_ended();
    return fibers_started() - ended;
  }

  /// On this worker: the item runs in turn, after what is ready now.
  void make_ready(internal::WorkItem& item);
  /// On this worker: the item runs at the end of this turn, after the ready fibers and before the next wait. For writes
  /// that are coalesced. An item that is already scheduled must not be scheduled again.
  void at_end_of_turn(internal::WorkItem& item);
  /// Any thread: the item runs on this worker. Wakes the worker if it sleeps.
  void post(internal::WorkItem& item);
  /// Any thread: starts the fiber here.
  void start(internal::Fiber& fiber);

  /// On this worker.
  void schedule(internal::TimerNode& timer, std::chrono::steady_clock::time_point when);
  void cancel(internal::TimerNode& timer) { timers_.cancel(timer); }

  /// One operation completed without suspending. False when the budget of the running fiber is spent: it should yield.
  bool spend_budget() { return --budget_ > 0; }

  /// Runs fibers until stop(), then cancels the live ones and runs on until no worker of the runtime has one.
  void run();
  /// Before run(): forgets an earlier stop().
  void prepare() { stopping_.store(false, std::memory_order_relaxed); }
  /// Any thread.
  void stop();
  /// Any thread: ends a wait for events.
  void interrupt() { reactor_.interrupt(); }
  /// On this worker: calls `visit` for each live fiber.
  template <class F>
  void for_each_fiber(F visit) const {
    for (internal::Fiber* fiber = live_; fiber != nullptr; fiber = fiber->live_next_) visit(*fiber);
  }

 private:
  friend class internal::Fiber;
  struct Queue {
    internal::WorkItem* head = nullptr;
    internal::WorkItem* tail = nullptr;
    void push(internal::WorkItem& item);
    internal::WorkItem* pop();
    bool empty() const { return head == nullptr; }
  };
  void drain_inbox();
  void begin_stop();
  bool may_end();
  void run_ready();
  void run_end_of_turn();
  void advance_timers();
  void wait_for_work();
  std::uint64_t tick_of(std::chrono::steady_clock::time_point when) const;
  void add_live(internal::Fiber& fiber);
  void remove_live(internal::Fiber& fiber);

  Runtime& runtime_;
  const unsigned index_;
  const std::chrono::steady_clock::time_point started_;
  internal::Reactor reactor_;
  internal::TimerWheel timers_;
  Queue ready_;
  Queue end_of_turn_;
  internal::Fiber* fiber_ = nullptr;
  int budget_ = kOperationBudget;
  internal::Fiber* live_ = nullptr;
  std::uint64_t last_fiber_ = 0;
  // The live fibers were cancelled, and every new one is.
  bool stop_begun_ = false;
  std::atomic<std::uint64_t> fibers_ended_{0};
  std::atomic<bool> stopping_{false};
  // Written by other threads.
  alignas(64) std::atomic<internal::WorkItem*> inbox_{nullptr};
  std::atomic<bool> sleeping_{false};
  std::atomic<std::uint64_t> fibers_started_{0};
};

}  // namespace skerry
