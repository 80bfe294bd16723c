// SPDX-License-Identifier: Apache-2.0
//
// ReadyWait: waits until the reactor has seen a descriptor become readable or writable. Cancelled, it leaves nothing
// behind. Internal to async/ and net/.
#pragma once

#include <coroutine>

#include "skerry/async/fiber.h"
#include "skerry/async/reactor.h"

namespace skerry::internal {

class ReadyWait final : public Wait {
 public:
  enum class Direction { kRead, kWrite };
  ReadyWait(IoWatch& watch, Direction direction)
      : Wait(direction == Direction::kRead ? "socket read" : "socket write"),
        ready_(direction == Direction::kRead ? watch.readable : watch.writable),
        waiter_(direction == Direction::kRead ? watch.reader : watch.writer) {}

  bool await_ready() const noexcept { return ready_; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return suspend(&frame.promise());
  }
  void await_resume() const noexcept {}
  bool cancel() noexcept override;

 private:
  std::coroutine_handle<> suspend(PromiseBase* frame) noexcept;
  const bool& ready_;
  Fiber*& waiter_;
};

/// Watches a descriptor that somebody else owns, on this worker, for the life of the object. For pipes, signals and
/// processes.
class ScopedWatch {
 public:
  explicit ScopedWatch(int fd);
  ~ScopedWatch();
  ScopedWatch(const ScopedWatch&) = delete;
  ScopedWatch& operator=(const ScopedWatch&) = delete;

  /// After would-block: waits for the next edge.
  ReadyWait readable() {
    watch_.readable = false;
    return {watch_, ReadyWait::Direction::kRead};
  }

 private:
  Reactor& reactor_;
  IoWatch watch_;
};

}  // namespace skerry::internal
