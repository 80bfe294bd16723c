// SPDX-License-Identifier: Apache-2.0
//
// Mutex, Semaphore and Event for tasks: they suspend the task and never the worker. Fair: first come, first served. All
// may be used across workers. A cancelled waiter leaves the queue and got nothing.
//
//   auto guard = co_await mutex.lock();      // unlocks when the guard goes
#pragma once

#include <coroutine>
#include <cstddef>
#include <mutex>
#include <utility>

#include "skerry/async/fiber.h"

namespace skerry {

class Semaphore;

namespace internal {

/// `co_await` of permits. See Semaphore::acquire.
class AcquireWait final : public Wait {
 public:
  AcquireWait(const char* what, Semaphore& semaphore, std::size_t count)
      : Wait(what), semaphore_(semaphore), count_(count) {}
  bool await_ready() noexcept;
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return suspend(&frame.promise());
  }
  void await_resume() noexcept;
  bool cancel() noexcept override;

 private:
  friend class skerry::Semaphore;
  std::coroutine_handle<> suspend(PromiseBase* frame) noexcept;
  Semaphore& semaphore_;
  std::size_t count_;
  // Set while and after the wait.
  Fiber* fiber_ = nullptr;
  AcquireWait* previous_ = nullptr;
  AcquireWait* next_ = nullptr;
};

}  // namespace internal

/// Counts permits. Must outlive its waiters.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits) : permits_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// `co_await semaphore.acquire(n)`: waits until n permits are free and takes them.
  internal::AcquireWait acquire(std::size_t count = 1) { return {"semaphore", *this, count}; }
  /// Takes the permits if they are free and nobody waits before. Any thread.
  bool try_acquire(std::size_t count = 1);
  /// Any thread.
  void release(std::size_t count = 1);
  std::size_t available() const;

 private:
  friend class internal::AcquireWait;
  void grant_waiters();
  void unlink(internal::AcquireWait& wait);

  mutable std::mutex mutex_;
  std::size_t permits_;
  internal::AcquireWait* first_ = nullptr;
  internal::AcquireWait* last_ = nullptr;
};

/// Mutual exclusion between tasks. Not recursive. Holding it over a co_await is what it is for.
class Mutex {
 public:
  class [[nodiscard]] Guard {
   public:
    explicit Guard(Mutex* mutex) : mutex_(mutex) {}
    Guard(Guard&& other) noexcept : mutex_(std::exchange(other.mutex_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() { unlock(); }
    void unlock() {
      if (mutex_ != nullptr) std::exchange(mutex_, nullptr)->semaphore_.release();
    }

   private:
    Mutex* mutex_;
  };

  class LockWait {
   public:
    explicit LockWait(Mutex& mutex) : mutex_(mutex), acquire_("mutex", mutex.semaphore_, 1) {}
    bool await_ready() noexcept { return acquire_.await_ready(); }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
      return acquire_.await_suspend(frame);
    }
    Guard await_resume() noexcept {
      acquire_.await_resume();
      return Guard(&mutex_);
    }

   private:
    Mutex& mutex_;
    internal::AcquireWait acquire_;
  };

  /// `auto guard = co_await mutex.lock();`
  LockWait lock() { return LockWait(*this); }

 private:
  Semaphore semaphore_{1};
};

/// A condition that becomes true, until reset. Must outlive its waiters.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  class [[nodiscard]] EventWait final : public internal::Wait {
   public:
    explicit EventWait(Event& event) : Wait("event"), event_(event) {}
    bool await_ready() const noexcept;
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
      return suspend(&frame.promise());
    }
    void await_resume() noexcept;
    bool cancel() noexcept override;

   private:
    friend class Event;
    std::coroutine_handle<> suspend(internal::PromiseBase* frame) noexcept;
    Event& event_;
    internal::Fiber* fiber_ = nullptr;
    EventWait* previous_ = nullptr;
    EventWait* next_ = nullptr;
  };

  /// `co_await event.wait()`.
  EventWait wait() { return EventWait(*this); }
  /// Any thread: wakes all waiters; later waits end at once.
  void set();
  void reset();
  bool is_set() const;

 private:
  void unlink(EventWait& wait);

  mutable std::mutex mutex_;
  bool set_ = false;
  EventWait* first_ = nullptr;
};

}  // namespace skerry
