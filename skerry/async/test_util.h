// SPDX-License-Identifier: Apache-2.0
//
// What the tests of async/ share. Not for use elsewhere.
#pragma once

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"

namespace skerry::async_test {

/// Runs f on a runtime of its own.
template <class F>
auto run_on(unsigned workers, F f) {
  Runtime runtime({.workers = workers});
  return runtime.run(std::move(f));
}

/// Counts how many of its kind live, so that a test sees whether frames, captures and values are freed.
class Counted {
 public:
  explicit Counted(std::atomic<int>& live) : live_(&live) { ++live; }
  Counted(Counted&& other) noexcept : live_(std::exchange(other.live_, nullptr)) {}
  Counted& operator=(Counted&& other) noexcept {
    std::swap(live_, other.live_);
    return *this;
  }
  ~Counted() {
    if (live_ != nullptr) --*live_;
  }

 private:
  std::atomic<int>* live_;
};

/// Lets other tasks run until the condition holds.
template <class Condition>
Task<> until(Condition condition) {
  while (!condition()) co_await yield();
}

/// Lets other tasks run until `count` of them wait for `what`, as Runtime::tasks() calls it.
inline Task<> until_waiting(std::string what, std::ptrdiff_t count) {
  for (;;) {
    std::vector<TaskInfo> tasks = co_await Runtime::current().tasks();
    if (std::ranges::count(tasks, what, &TaskInfo::state) >= count) co_return;
    co_await yield();
  }
}

}  // namespace skerry::async_test
