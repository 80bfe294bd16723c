// SPDX-License-Identifier: Apache-2.0
//
// What channels and select share, whatever is sent: queues of waiting tasks, and the wait for one of several cases.
// Follows the algorithm of Go's runtime: one lock for each channel; select looks at the cases in random order under all
// locks, taken in the order of their addresses; a waiter is claimed by one compare-and-swap. Internal to async/.
#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>

#include "skerry/async/fiber.h"
#include "skerry/async/timer_wheel.h"

namespace skerry::internal {

class SelectWait;

/// A task's place in the queue of one channel. Lives in the waiting frame.
struct Waiter {
  Waiter* previous = nullptr;
  Waiter* next = nullptr;
  bool queued = false;
  SelectWait* wait = nullptr;
  std::size_t case_index = 0;
  /// The value to send, or where to put the received one.
  void* slot = nullptr;
  /// False when the case was completed by the closing of the channel.
  bool ok = false;

  /// Tells the claimed task that this case was chosen, and wakes it.
  void complete(bool with_value);
};

/// First in, first out. Under the channel's lock.
class WaiterQueue {
 public:
  void push(Waiter& waiter);
  void remove(Waiter& waiter);
  /// Takes out the first waiter whose task could be claimed; those whose task is already woken are dropped on the way.
  Waiter* claim_first();
  bool empty() const { return first_ == nullptr; }

 private:
  Waiter* first_ = nullptr;
  Waiter* last_ = nullptr;
};

struct ChannelCore {
  explicit ChannelCore(std::size_t channel_capacity) : capacity(channel_capacity) {}
  virtual ~ChannelCore() = default;
  ChannelCore(const ChannelCore&) = delete;
  ChannelCore& operator=(const ChannelCore&) = delete;

  std::mutex mutex;
  const std::size_t capacity;
  bool closed = false;
  WaiterQueue senders;
  WaiterQueue receivers;

  /// Under the lock.
  virtual std::size_t buffered() const = 0;
  /// These take the lock. close returns false when the channel was closed before.
  bool close();
  bool is_closed();
  std::size_t size();
};

/// One alternative of a select.
class SelectCase {
 public:
  enum class Kind { kChannel, kTimer, kDefault };
  explicit SelectCase(Kind kind) : kind_(kind) {}
  virtual ~SelectCase() = default;
  SelectCase& operator=(const SelectCase&) = delete;
  Kind kind() const { return kind_; }
  /// The case was chosen: delivers, or panics. Runs in the resumed task.
  virtual void finish() {}

 protected:
  SelectCase(const SelectCase&) = default;

 private:
  Kind kind_;
};

class ChannelCase : public SelectCase {
 public:
  enum class Direction { kSend, kReceive };
  ChannelCase(Direction direction, ChannelCore* channel)
      : SelectCase(Kind::kChannel), channel_(channel), direction_(direction) {}

  /// Null for a nil channel.
  ChannelCore* channel() const { return channel_; }
  WaiterQueue& queue() const { return direction_ == Direction::kSend ? channel_->senders : channel_->receivers; }
  /// Under the channel's lock: completes the operation if it can be done now, and sets waiter.ok.
  virtual bool try_complete() = 0;
  Waiter waiter;

 private:
  ChannelCore* channel_;
  Direction direction_;
};

class TimerCase final : public SelectCase {
 public:
  explicit TimerCase(std::chrono::steady_clock::time_point until) : SelectCase(Kind::kTimer), until_(until) {}
  TimerCase(TimerCase&& other) noexcept : SelectCase(Kind::kTimer), until_(other.until_) {}
  std::chrono::steady_clock::time_point until() const { return until_; }
  struct Timer : TimerNode {
    SelectWait* wait = nullptr;
    std::size_t case_index = 0;
  };
  Timer timer;

 private:
  std::chrono::steady_clock::time_point until_;
};

class DefaultCase final : public SelectCase {
 public:
  DefaultCase() : SelectCase(Kind::kDefault) {}
};

/// The wait for one of several cases; send and receive are a wait with one case. The cases outlive it.
class SelectWait final : public Wait {
 public:
  static constexpr std::size_t kMaxCases = 64;

  /// `has_default`: a default case is among the cases, so the wait never suspends.
  SelectWait(const char* what, std::span<SelectCase* const> cases, bool has_default)
      : Wait(what), cases_(cases), has_default_(has_default) {}

  /// Completes a case that is ready now, or the default case. False: suspend.
  bool try_now();
  std::coroutine_handle<> suspend(PromiseBase* frame) noexcept;
  /// Delivers the chosen case and returns its index. Panics if that was a send on a closed channel.
  std::size_t finish();
  bool cancel() noexcept override;

 private:
  friend struct Waiter;
  friend class WaiterQueue;
  class LockAll;
  bool choose_ready();
  void enqueue();
  void leave_queues() noexcept;

  std::span<SelectCase* const> cases_;
  bool has_default_;
  bool queued_ = false;
  Fiber* fiber_ = nullptr;
  std::atomic<std::size_t> chosen_{kMaxCases};
};

}  // namespace skerry::internal
