// SPDX-License-Identifier: Apache-2.0
//
// The part of a coroutine's promise that does not depend on its result: who awaits it, how its frame is allocated, and
// how a failure walks up the chain of awaiting frames without a throw. Internal to async/; services see Task.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>

#include "skerry/base/error.h"

namespace skerry::internal {

class PromiseBase;

/// How an awaiting frame wants to learn of its child's failure.
enum class Delivery : std::uint8_t {
  kPropagate,  // `co_await task`: the awaiting frame ends with the same error
  kResult,     // `co_await task.result()`: the frame looks at the error, unless its own cancellation ended the child
  kBoundary,   // with_timeout and its like: the frame always looks
  kScope,      // with_scope: the frame always looks, and keeps the child's frame until the scope's children have ended
  kRoot,       // nobody awaits: the fiber is done
};

/// The link from a running frame to whoever awaits it. It lives in the awaiting frame (or in the fiber, for the root).
class Continuation {
 public:
  Continuation(Delivery delivery) : delivery_(delivery) {}
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;

  Delivery delivery() const { return delivery_; }
  /// The awaiting frame; null for a root.
  PromiseBase* parent = nullptr;

  /// Destroys the child's frame, and with it everything the child still holds.
  virtual void drop_child() noexcept = 0;
  /// Stores the child's failure where the awaiting frame finds it. Not called for kPropagate.
  virtual void deliver(Error&& error, bool by_cancellation) noexcept = 0;

 protected:
  ~Continuation() = default;

 private:
  Delivery delivery_;
};

/// Memory for frames and fibers from per-thread free lists (plain operator new under the sanitizers). size > 0.
void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;

class PromiseBase {
 public:
  Continuation* continuation = nullptr;

  std::coroutine_handle<> handle() noexcept { return std::coroutine_handle<PromiseBase>::from_promise(*this); }

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }
};

/// Ends the frame of `promise` with `error`: destroys it and every awaiting frame that propagates, innermost first and
/// in a loop, then stores the error with the first one that looks. Returns the coroutine to resume. The frame must be
/// suspended; nothing of it may be touched afterwards.
std::coroutine_handle<> end_with_error(PromiseBase* promise, Error error, bool by_cancellation) noexcept;

}  // namespace skerry::internal
