// SPDX-License-Identifier: Apache-2.0
//
// Reactor: tells which descriptors are ready, over epoll(7). It reports readiness and never completes an operation, so
// a cancelled read or write leaves nothing behind. Each descriptor is registered once, edge-triggered. One per worker,
// used on that worker alone, but for `interrupt`. Internal to async/ and net/.
#pragma once

#include <chrono>

#include "skerry/base/result.h"
#include "skerry/base/unique_fd.h"

namespace skerry::internal {

class Fiber;

/// What the reactor knows of one descriptor. Owned by the stream or listener; its address must stay.
struct IoWatch {
  int fd = -1;
  /// An edge came since the flag was last cleared. Clear it, then try the operation; wait only on would-block.
  bool readable = true;
  bool writable = true;
  /// The peer has closed its side or the descriptor failed: no read waits from now on.
  bool hung_up = false;
  Fiber* reader = nullptr;
  Fiber* writer = nullptr;
};

class Reactor {
 public:
  /// Events taken from the kernel in one call.
  static constexpr int kMaxEventsPerPoll = 128;

  Reactor();
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Starts to watch watch.fd for reading and writing.
  Result<> add(IoWatch& watch);
  /// Ends the watch. Precondition: nobody waits on it.
  void remove(IoWatch& watch);
  /// Waits up to `limit` for events (zero: looks only; max(): without limit) and wakes the fibers concerned.
  void poll(std::chrono::nanoseconds limit);
  /// Any thread: ends a poll that waits, or the next one.
  void interrupt();

 private:
  void dispatch(IoWatch& watch, unsigned events);

  UniqueFd epoll_;
  UniqueFd wakeup_;
};

}  // namespace skerry::internal
