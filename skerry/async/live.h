// SPDX-License-Identifier: Apache-2.0
//
// Live<T>: a value that changes while others read it: settings from the configuration centre, the instances of a
// service. Readers take a snapshot that stays as it is; whoever wants to know of changes waits for them. A Live is a
// handle: copies are the same value.
//
//   Live<Limits> limits(Limits{});
//   auto now = limits.get();                       // std::shared_ptr<const Limits>
//   Live<Limits>::Watcher watcher = limits.watch();
//   for (;;) apply(*co_await watcher.changed());   // the newest value each time; values between may be skipped
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include "skerry/async/sync.h"
#include "skerry/async/task.h"

namespace skerry {

template <class T>
class Live {
  struct State {
    std::mutex mutex;
    std::shared_ptr<const T> value;
    std::uint64_t version = 0;
    // Set when the value changes; every version has its own, so that a waiter misses none.
    std::shared_ptr<Event> changed = std::make_shared<Event>();
  };

 public:
  using Snapshot = std::shared_ptr<const T>;

  /// Waits for changes after the value it has seen. Not for use by two tasks at once.
  class Watcher {
   public:
    /// The next value that differs in version from the last one this watcher gave (from the value at watch(), the first
    /// time). Cancellation ends the task.
    Task<Snapshot> changed() {
      for (;;) {
        std::shared_ptr<Event> event;
        {
          std::lock_guard lock(state_->mutex);
          if (state_->version != seen_) {
            seen_ = state_->version;
            co_return state_->value;
          }
          event = state_->changed;
        }
        co_await event->wait();
      }
    }

   private:
    friend class Live;
    Watcher(std::shared_ptr<State> state, std::uint64_t seen) : state_(std::move(state)), seen_(seen) {}
    std::shared_ptr<State> state_;
    std::uint64_t seen_;
  };

  explicit Live(T initial) : state_(std::make_shared<State>()) {
    state_->value = std::make_shared<const T>(std::move(initial));
  }

  /// The value now. Any thread.
  Snapshot get() const {
    std::lock_guard lock(state_->mutex);
    return state_->value;
  }
  /// Any thread: replaces the value and wakes the watchers.
  void set(T value) const {
    auto next = std::make_shared<const T>(std::move(value));
    std::shared_ptr<Event> changed;
    {
      std::lock_guard lock(state_->mutex);
      state_->value.swap(next);
      ++state_->version;
      changed = std::exchange(state_->changed, std::make_shared<Event>());
    }
    changed->set();
  }
  /// A watcher that has seen the value of now.
  Watcher watch() const {
    std::lock_guard lock(state_->mutex);
    return Watcher(state_, state_->version);
  }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace skerry
