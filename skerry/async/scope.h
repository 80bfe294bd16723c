// SPDX-License-Identifier: Apache-2.0
//
// Structured concurrency: a Scope exists only inside `co_await with_scope(body)`, and every way out of it (a value, an
// error, a panic, cancellation) waits for all children first. So references into the surrounding frame stay valid in
// children, and nothing runs on unseen.
//
//   co_await with_scope([&](Scope& scope) -> Task<> {
//     scope.go([&]() -> Task<> { left = co_await load(a); });
//     scope.go([&]() -> Task<> { right = co_await load(b); });
//     co_return;
//   });
//
// The first failure of a child or of the body cancels everything else in the scope and is what with_scope fails with.
#pragma once

#include <mutex>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "skerry/async/runtime.h"
#include "skerry/async/timeout.h"

namespace skerry {

namespace internal {

/// The shared state of one scope, in the frame of with_scope.
class ScopeState {
 public:
  ScopeState();
  ScopeState(const ScopeState&) = delete;
  ScopeState& operator=(const ScopeState&) = delete;

  CancelNode& node() { return guard_.node(); }
  void leave() { guard_.leave(); }
  void child_started();
  /// Any worker. Records a failure and cancels the scope with the first one.
  void child_ended(const Error* error, const std::exception_ptr& panic);
  void fail_with(const Error* error, const std::exception_ptr& panic);

  std::exception_ptr panic() const { return panic_; }
  std::optional<Error>& error() { return error_; }

  /// `co_await state.join()`: waits for all children, also while the waiting task is cancelled.
  class Join final : public Wait {
   public:
    explicit Join(ScopeState& state) : Wait("children of a scope"), state_(state) {}
    bool await_ready() const noexcept { return false; }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> frame) noexcept {
      return suspend(&frame.promise());
    }
    void await_resume() noexcept;
    bool cancel() noexcept override { return false; }

   private:
    bool suspend(PromiseBase* frame) noexcept;
    ScopeState& state_;
  };
  Join join() { return Join(*this); }

 private:
  CancelGuard guard_;
  std::mutex mutex_;
  std::size_t running_ = 0;
  Fiber* joiner_ = nullptr;
  bool failed_ = false;
  std::exception_ptr panic_;
  std::optional<Error> error_;
};

}  // namespace internal

/// See the head of this file. Valid only during the body of with_scope and its children.
class Scope {
 public:
  explicit Scope(internal::ScopeState& state) : state_(state) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// Starts f(args...), which returns a Task, as a child on this worker. Its value is dropped.
  template <class F, class... Args>
  void go(F&& f, Args&&... args) {
    go_on(*Worker::current(), std::forward<F>(f), std::forward<Args>(args)...);
  }
  /// The same on a given worker. What the child refers to must be safe to use from there.
  template <class F, class... Args>
  void go_on(Worker& worker, F&& f, Args&&... args) {
    using T = internal::TaskValue<F, Args...>;
    state_.child_started();
    internal::spawn_on(
        worker, &state_.node(), "scope",
        [state = &state_](internal::SpawnEnd<T> end) noexcept {
          const bool failed = end.result && !*end.result;
          state->child_ended(failed ? &end.result->error() : nullptr, end.panic);
        },
        std::forward<F>(f), std::forward<Args>(args)...);
  }
  /// Cancels the body and all children; with_scope then ends with CANCELLED unless something failed before.
  void cancel() { state_.node().cancel(internal::CancelState::kCancelled); }

 private:
  internal::ScopeState& state_;
};

/// Runs body(scope), which returns a Task<T>, and then waits for the children. Gives the body's value.
template <class F>
auto with_scope(F body) -> Task<typename std::invoke_result_t<F&, Scope&>::value_type> {
  using T = typename std::invoke_result_t<F&, Scope&>::value_type;
  internal::ScopeState state;
  Scope scope(state);
  std::optional<internal::Outcome<T>> outcome;
  try {
    internal::Outcome<T> ended = co_await internal::at_boundary(body(scope));
    outcome.emplace(std::move(ended));
    if (!outcome->result && !outcome->by_cancellation) state.fail_with(&outcome->result.error(), nullptr);
  } catch (...) {
    state.fail_with(nullptr, std::current_exception());
  }
  co_await state.join();
  state.leave();
  co_await internal::EndIfCancelled();
  if (state.panic()) std::rethrow_exception(state.panic());
  if (state.error()) co_await std::move(*state.error());
  if constexpr (std::is_void_v<T>) {
    co_await std::move(outcome->result);
  } else {
    co_return co_await std::move(outcome->result);
  }
}

/// Runs the tasks at the same time on this worker and gives their values in order. The first failure cancels the others
/// and is the failure here, after all have ended.
template <class T>
  requires(!std::is_void_v<T>)
Task<std::vector<T>> all(std::vector<Task<T>> tasks) {
  std::vector<std::optional<T>> values(tasks.size());
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      scope.go([&values, i](Task<T> task) -> Task<> { values[i].emplace(co_await std::move(task)); },
               std::move(tasks[i]));
    }
    co_return;
  });
  std::vector<T> gathered;
  gathered.reserve(values.size());
  for (std::optional<T>& value : values) gathered.push_back(std::move(*value));
  co_return gathered;
}

/// `all` for tasks of different types; gives a tuple.
template <class... T>
  requires(!std::is_void_v<T> && ...)
Task<std::tuple<T...>> all(Task<T>... tasks) {
  std::tuple<std::optional<T>...> values;
  std::tuple<Task<T>...> pending(std::move(tasks)...);
  co_await with_scope([&](Scope& scope) -> Task<> {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (scope.go([slot = &std::get<I>(values)](Task<T> task) -> Task<> { slot->emplace(co_await std::move(task)); },
                std::move(std::get<I>(pending))),
       ...);
    }(std::index_sequence_for<T...>());
    co_return;
  });
  co_return std::apply([](auto&... value) { return std::tuple<T...>(std::move(*value)...); }, values);
}

}  // namespace skerry
