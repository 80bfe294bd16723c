// SPDX-License-Identifier: Apache-2.0
//
// The tree of what can be cancelled: one node for each fiber and for each with_timeout, with_scope and shielded inside
// it. Cancelling a node cancels everything below it and pokes the fibers concerned, wherever they run. Internal to
// async/.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace skerry::internal {

class Fiber;

enum class CancelState : std::uint8_t { kLive, kCancelled, kDeadlineExceeded };

using Deadline = std::chrono::steady_clock::time_point;
inline constexpr Deadline kNoDeadline = Deadline::max();

/// The deadline `limit` from now; kNoDeadline when that is further away than a clock can tell.
inline Deadline deadline_after(std::chrono::nanoseconds limit) {
  const Deadline now = std::chrono::steady_clock::now();
  return limit > kNoDeadline - now ? kNoDeadline : now + limit;
}

/// A node is registered with its parent until it is detached, at its end at the latest. The parent outlives its
/// registration; the fiber outlives the node.
class CancelNode {
 public:
  /// `parent` may be null: nothing cancels the node from above. The effective deadline is the earlier one.
  CancelNode(CancelNode* parent, Fiber* fiber, Deadline deadline = kNoDeadline);
  ~CancelNode();
  CancelNode(const CancelNode&) = delete;
  CancelNode& operator=(const CancelNode&) = delete;

  CancelState state() const { return state_.load(std::memory_order_acquire); }
  Deadline deadline() const { return deadline_; }

  /// Any thread; idempotent, the first cause stays. Does not wait for anything to end.
  void cancel(CancelState cause);
  /// Ends the registration: afterwards the parent neither cancels this node nor has to outlive it. Idempotent; on the
  /// fiber's worker.
  void detach();
  /// True when something above can cancel this node.
  bool has_parent() const { return parent_ != nullptr; }

 private:
  CancelNode* parent_;
  Fiber* const fiber_;
  const Deadline deadline_;
  std::atomic<CancelState> state_{CancelState::kLive};
  // Locks are taken downwards, parent before child.
  std::mutex mutex_;
  CancelNode* first_child_ = nullptr;
  CancelNode* previous_ = nullptr;
  CancelNode* next_ = nullptr;
};

}  // namespace skerry::internal
