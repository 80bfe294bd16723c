// SPDX-License-Identifier: Apache-2.0
//
// go: runs a task on its own, detached from the one that starts it. Prefer with_scope (skerry/async/scope.h), which
// waits for its children and sees their failures; go is for what outlives the caller.
//
//   go([](Channel<int> out) -> Task<> { co_await out.send(1); }, channel);
#pragma once

#include <exception>
#include <utility>

#include "skerry/async/runtime.h"

namespace skerry {

namespace internal {
/// Writes the panic with the task's name to standard error and aborts.
[[noreturn]] void detached_panic(const char* name, const std::exception_ptr& panic);
/// Writes a line to standard error: a detached task has nobody who could look at its error. Cancellation is silent.
void detached_error(const char* name, const Error& error);

template <class T>
struct DetachedEnd {
  const char* name;
  void operator()(SpawnEnd<T> end) const noexcept {
    if (end.panic) detached_panic(name, end.panic);
    if (!*end.result) detached_error(name, end.result->error());
  }
};
}  // namespace internal

/// Runs f(args...), which returns a Task, detached on this worker. The callable and the arguments are moved or copied
/// into the task, so captures are safe. Trace and baggage go along, deadline and cancellation do not. An error is
/// reported on standard error; a panic ends the process with a report, as in Go. Call from a task.
template <class F, class... Args>
void go(F&& f, Args&&... args) {
  using T = internal::TaskValue<F, Args...>;
  internal::spawn_on(*Worker::current(), nullptr, "go", internal::DetachedEnd<T>{"go"}, std::forward<F>(f),
                     std::forward<Args>(args)...);
}

/// `go` with a name for reports. The name must be a literal or outlive the task.
template <class F, class... Args>
void go_named(const char* name, F&& f, Args&&... args) {
  using T = internal::TaskValue<F, Args...>;
  internal::spawn_on(*Worker::current(), nullptr, name, internal::DetachedEnd<T>{name}, std::forward<F>(f),
                     std::forward<Args>(args)...);
}

/// `go` on a given worker. The arguments must be movable between threads.
template <class F, class... Args>
void go_on(Worker& worker, const char* name, F&& f, Args&&... args) {
  using T = internal::TaskValue<F, Args...>;
  internal::spawn_on(worker, nullptr, name, internal::DetachedEnd<T>{name}, std::forward<F>(f),
                     std::forward<Args>(args)...);
}

/// `go` on the worker with the fewest live tasks.
template <class F, class... Args>
void go_anywhere(F&& f, Args&&... args) {
  go_on(Runtime::current().least_loaded(), "go_anywhere", std::forward<F>(f), std::forward<Args>(args)...);
}

}  // namespace skerry
