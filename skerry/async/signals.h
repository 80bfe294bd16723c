// SPDX-License-Identifier: Apache-2.0
//
// Signals as something to wait for, in place of handlers. Make a SignalSet at the start of main, before any thread: it
// blocks the signals for the whole process, so that only next() sees them.
//
//   SignalSet signals({SIGINT, SIGTERM});
//   Runtime runtime;
//   runtime.run([&]() -> Task<> { int signal = co_await signals.next(); ... });
#pragma once

#include <csignal>
#include <functional>
#include <initializer_list>

#include "skerry/async/reactor.h"
#include "skerry/async/task.h"
#include "skerry/base/unique_fd.h"

namespace skerry {

class SignalSet {
 public:
  /// Blocks the signals for the calling thread and all that are started later.
  explicit SignalSet(std::initializer_list<int> signals);
  /// Unblocks them for the calling thread.
  ~SignalSet();
  SignalSet(const SignalSet&) = delete;
  SignalSet& operator=(const SignalSet&) = delete;

  /// Waits for the next of the signals and gives its number. One task at a time.
  Task<int> next();

 private:
  sigset_t set_{};
  UniqueFd fd_;
};

/// Calls `stop` with the first signal's number, which is to begin an orderly stop; the next one ends the process at
/// once, with exit code 128 plus that number. Ends by cancellation alone. `signals` must outlive the task.
Task<> stop_by_signal(SignalSet& signals, std::function<void(int)> stop);

}  // namespace skerry
