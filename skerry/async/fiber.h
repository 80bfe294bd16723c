// SPDX-License-Identifier: Apache-2.0
//
// Fiber: one chain of awaiting tasks, scheduled as a unit: what Go calls a goroutine. A fiber stays on its worker for
// life; only its wake-up may come from elsewhere. Internal to async/ and net/; services see go, with_scope and Task.
//
// Invariants:
//  1. A fiber runs on its home worker alone, and every field without a note is touched there alone.
//  2. While a fiber waits, `waiting_` is true. Whoever turns it to false (try_claim) must wake the fiber exactly once.
//  3. What may claim a fiber is linked in structures that the fiber leaves before it goes on, so no claim comes late.
#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>

#include "skerry/async/cancel.h"
#include "skerry/async/promise.h"

namespace skerry {
class Worker;
}

namespace skerry::internal {

/// A piece of work in a worker's inbox or ready queue. Intrusive: it lives in what it is about.
struct WorkItem {
  WorkItem* next = nullptr;
  void (*run)(WorkItem*) = nullptr;
};

/// One wait of a fiber. It lives in the awaiter, in the waiting frame.
class Wait {
 public:
  explicit Wait(const char* what) : what_(what) {}
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  /// The context of the waiting task was cancelled. Called on the home worker. Returns true after it has claimed the
  /// fiber and unlinked the wait: the task then ends. Returns false when the wait ends by itself (a claim is under way,
  /// or the operation has to be waited for).
  virtual bool cancel() noexcept = 0;

  /// What the task waits for, for reports: "channel receive".
  const char* what() const { return what_; }

 protected:
  ~Wait() = default;

 private:
  const char* what_;
};

/// Values that travel with a task. The runtime carries them and does not look into them.
struct Slots {
  std::shared_ptr<const void> trace;
  std::shared_ptr<const void> baggage;
  std::shared_ptr<const void> metadata;
};

class Fiber : public Continuation {
 public:
  Fiber(Worker& home, CancelNode* parent, const char* name);
  virtual ~Fiber();

  /// The fiber that runs on this thread; null outside of tasks.
  static Fiber* current();

  /// Suspends: from here until a claim the fiber waits. Call before the wait becomes visible to others.
  void begin_wait(Wait* wait, PromiseBase* frame) {
    wait_ = wait;
    frame_ = frame;
    waiting_.store(true, std::memory_order_release);
  }
  /// Takes back begin_wait when the wait turned out to be over at once. Nobody may have seen it.
  void abandon_wait() {
    wait_ = nullptr;
    waiting_.store(false, std::memory_order_relaxed);
  }
  /// Any thread. True for the one caller that may wake the fiber.
  bool try_claim() {
    bool expected = true;
    return waiting_.load(std::memory_order_relaxed) &&
           waiting_.compare_exchange_strong(expected, false, std::memory_order_acq_rel);
  }
  bool is_waiting() const { return waiting_.load(std::memory_order_acquire); }

  /// Any thread, after a successful claim: the fiber runs again on its worker.
  void wake();
  /// Any thread: lets the fiber see that one of its cancel nodes was cancelled.
  void poke();

  /// True when the innermost context of the running task is cancelled.
  bool cancelled() const { return cancel_top_->state() != CancelState::kLive; }
  CancelNode* cancel_top() const { return cancel_top_; }
  void push_cancel(CancelNode* node) { cancel_top_ = node; }
  void pop_cancel(CancelNode* node) { cancel_top_ = node; }
  CancelNode& root_cancel() { return root_cancel_; }

  Worker* home() const { return home_; }
  const char* name() const { return name_; }
  const Wait* wait() const { return wait_; }
  std::uint64_t id() const { return id_; }
  std::chrono::steady_clock::time_point since() const { return since_; }
  std::shared_ptr<const Slots> slots;

  /// Any thread. The fiber's object lives until the last reference is gone.
  void add_reference() { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference();

  // The root: see Continuation.
  void drop_child() noexcept final;
  void deliver(Error&& error, bool by_cancellation) noexcept final;

 protected:
  /// The root frame; called once, on the home worker, before the first step.
  virtual PromiseBase* start() = 0;
  /// The root frame ended: look at its promise, tell whoever waits. Called once, on the home worker.
  virtual void finished() noexcept = 0;
  /// Destroys the root frame if it still exists.
  virtual void destroy_root() noexcept = 0;

  /// The error that ended the root frame, which is destroyed by then.
  std::unique_ptr<Error> failure_;

 private:
  friend class skerry::Worker;
  void resume();
  void after_step();
  static void run_step(WorkItem* item);
  static void run_poke(WorkItem* item);
  void cancel_wait();

  // Before root_cancel_: a cancelled parent pokes the fiber as soon as the node is registered.
  Worker* const home_;
  const char* name_;
  std::uint64_t id_ = 0;
  Wait* wait_ = nullptr;
  PromiseBase* frame_ = nullptr;
  PromiseBase* root_ = nullptr;
  bool started_ = false;
  std::atomic<bool> waiting_{false};
  std::atomic<bool> poke_pending_{false};
  bool end_cancelled_ = false;
  std::atomic<std::uint32_t> references_{1};
  CancelNode root_cancel_;
  CancelNode* cancel_top_;
  struct FiberItem : WorkItem {
    Fiber* fiber;
  };
  FiberItem step_;
  FiberItem poke_;
  // The list of live fibers of the home worker.
  Fiber* live_previous_ = nullptr;
  Fiber* live_next_ = nullptr;
  std::chrono::steady_clock::time_point since_;
};

}  // namespace skerry::internal
