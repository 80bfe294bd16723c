// SPDX-License-Identifier: Apache-2.0
//
// Task<T>: a coroutine that gives a T or fails with an Error. It is lazy: nothing runs until it is awaited. The one
// thing to know: `co_await` passes errors on. Awaiting a task or a Result gives the value, or ends the awaiting task
// with the same error, as if every call were followed by Go's `if err != nil { return err }`. Nothing is thrown.
//
//   Task<User> load(std::string id) {
//     Row row = co_await database.one(id);            // a failure ends load() with the same error
//     if (row.deleted) co_return Error::not_found("no user {}", id);
//     Result<Avatar> avatar = co_await avatars.get(id).result();   // look at it instead
//     co_return User(row, avatar ? *avatar : Avatar());
//   }
//
// `co_await Error::...` ends any task and is the only form in Task<>. On a failure the frames between the error and its
// receiver are destroyed, innermost first, before the receiver resumes. A cancelled task ends at its current or next
// suspension; `.result()` does not show a task its own cancellation. An exception that leaves a task is a panic and is
// rethrown in the awaiting task.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "skerry/async/promise.h"
#include "skerry/base/check.h"
#include "skerry/base/result.h"

namespace skerry {

template <class T>
class Task;

namespace internal {

template <class T>
inline constexpr bool kIsResult = false;
template <class T>
inline constexpr bool kIsResult<Result<T>> = true;

struct Unit {};
template <class T>
using Stored = std::conditional_t<std::is_void_v<T>, Unit, T>;

template <class T, Delivery kDelivery>
class TaskAwaiter;

struct ErrorAwaiter {
  Error error;
  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return end_with_error(&frame.promise(), std::move(error), false);
  }
  void await_resume() const noexcept {}
};

template <class T>
struct ResultAwaiter {
  Result<T> result;
  bool await_ready() const noexcept { return result.has_value(); }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return end_with_error(&frame.promise(), std::move(result).error(), false);
  }
  T await_resume() {
    if constexpr (!std::is_void_v<T>) return *std::move(result);
  }
};

/// What the frame of a Task<T> ends with.
template <class T>
class PromiseOutcome : public PromiseBase {
 public:
  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
      PromiseOutcome& promise = frame.promise();
      if (Error* error = std::get_if<Error>(&promise.outcome_))
        return end_with_error(&promise, std::move(*error), false);
      PromiseBase* parent = promise.continuation->parent;
      return parent != nullptr ? parent->handle() : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  FinalAwaiter final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { outcome_.template emplace<std::exception_ptr>(std::current_exception()); }

  /// The value; rethrows a panic. Precondition: the frame is at its end and did not fail.
  Stored<T> take() {
    if (auto* panic = std::get_if<std::exception_ptr>(&outcome_)) std::rethrow_exception(std::move(*panic));
    return std::get<Stored<T>>(std::move(outcome_));
  }
  std::exception_ptr panic() const {
    const auto* panic = std::get_if<std::exception_ptr>(&outcome_);
    return panic != nullptr ? *panic : nullptr;
  }

  template <class U>
  TaskAwaiter<U, Delivery::kPropagate> await_transform(Task<U>&& task) noexcept;
  template <class U>
  TaskAwaiter<U, Delivery::kPropagate> await_transform(Task<U>& task) noexcept;
  template <class U>
  ResultAwaiter<U> await_transform(Result<U> result) noexcept {
    return {std::move(result)};
  }
  ErrorAwaiter await_transform(Error error) noexcept { return {std::move(error)}; }
  template <class Awaiter>
    requires requires(Awaiter& awaiter) { awaiter.await_ready(); }
  Awaiter&& await_transform(Awaiter&& awaiter) noexcept {
    return std::forward<Awaiter>(awaiter);
  }

 protected:
  std::variant<std::monostate, Stored<T>, Error, std::exception_ptr> outcome_;
};

template <class T>
class Promise final : public PromiseOutcome<T> {
 public:
  Task<T> get_return_object() noexcept;
  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) {
    this->outcome_.template emplace<Stored<T>>(std::forward<U>(value));
  }
  void return_value(Error error) noexcept { this->outcome_.template emplace<Error>(std::move(error)); }
};

template <>
class Promise<void> final : public PromiseOutcome<void> {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() noexcept { outcome_.emplace<Unit>(); }
};

}  // namespace internal

/// See the head of this file. Move-only; destroying a task that was never awaited destroys its arguments and runs
/// nothing.
template <class T = void>
class [[nodiscard]] Task {
  static_assert(!internal::kIsResult<T>, "every Task already ends in a Result: write Task<T>");
  static_assert(!std::is_same_v<T, Error>, "every Task can already fail: write Task<>");
  static_assert(!std::is_reference_v<T>, "a task owns its result: return a value or a pointer");

 public:
  using promise_type = internal::Promise<T>;
  using value_type = T;
  using Handle = std::coroutine_handle<promise_type>;

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (frame_) frame_.destroy();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  /// `co_await task.result()` consumes the task and gives a Result<T> with its failure, where `co_await task` would end
  /// the awaiting task. If the awaiting task itself is cancelled meanwhile, it ends; it is not shown its cancellation.
  internal::TaskAwaiter<T, internal::Delivery::kResult> result() noexcept;

  /// For the runtime: gives up the frame.
  Handle release() noexcept { return std::exchange(frame_, nullptr); }
  /// False after the task was awaited or moved from.
  explicit operator bool() const noexcept { return frame_ != nullptr; }

 private:
  friend promise_type;
  explicit Task(Handle frame) noexcept : frame_(frame) {}

  Handle frame_;
};

namespace internal {

/// What a frame that looks at its child's end finds: a value, or the error and whether a cancellation ended the child.
template <class T>
struct Outcome {
  Result<T> result;
  bool by_cancellation = false;
};

template <class T, Delivery kDelivery>
class [[nodiscard]] TaskAwaiter final : public Continuation {
 public:
  explicit TaskAwaiter(typename Task<T>::Handle child) noexcept : Continuation(kDelivery), child_(child) {
    SKERRY_CHECK(child_, "a task is awaited only once");
  }
  ~TaskAwaiter() {
    if (child_) child_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    parent = &frame.promise();
    child_.promise().continuation = this;
    return child_;
  }
  auto await_resume() {
    if constexpr (kDelivery == Delivery::kPropagate) {
      return take_value();
    } else if constexpr (kDelivery == Delivery::kResult) {
      return std::move(outcome()).result;
    } else {
      return outcome();
    }
  }

  void drop_child() noexcept override {
    if constexpr (kDelivery != Delivery::kScope) std::exchange(child_, nullptr).destroy();
  }
  void deliver(Error&& error, bool by_cancellation) noexcept override {
    failure_.emplace(Failure{std::move(error), by_cancellation});
  }

 private:
  struct Failure {
    Error error;
    bool by_cancellation;
  };

  // The child's frame goes before the awaiting frame continues, so that what it held is free by then.
  T take_value() {
    struct Drop {
      TaskAwaiter* self;
      ~Drop() { self->drop_child(); }
    } drop{this};
    if constexpr (std::is_void_v<T>) {
      child_.promise().take();
    } else {
      return child_.promise().take();
    }
  }
  Outcome<T> outcome() {
    if (failure_) return {std::unexpected<Error>(std::move(failure_->error)), failure_->by_cancellation};
    if constexpr (std::is_void_v<T>) {
      take_value();
      return {};
    } else {
      return {take_value()};
    }
  }

  typename Task<T>::Handle child_;
  std::optional<Failure> failure_;
};

template <class T>
template <class U>
TaskAwaiter<U, Delivery::kPropagate> PromiseOutcome<T>::await_transform(Task<U>&& task) noexcept {
  return TaskAwaiter<U, Delivery::kPropagate>(task.release());
}
template <class T>
template <class U>
TaskAwaiter<U, Delivery::kPropagate> PromiseOutcome<T>::await_transform(Task<U>& task) noexcept {
  return TaskAwaiter<U, Delivery::kPropagate>(task.release());
}

template <class T>
Task<T> Promise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

/// Awaits a task so that every end of it is seen, a cancellation too. For with_timeout and its like.
template <class T>
TaskAwaiter<T, Delivery::kBoundary> at_boundary(Task<T> task) noexcept {
  return TaskAwaiter<T, Delivery::kBoundary>(task.release());
}

}  // namespace internal

template <class T>
internal::TaskAwaiter<T, internal::Delivery::kResult> Task<T>::result() noexcept {
  return internal::TaskAwaiter<T, internal::Delivery::kResult>(release());
}

}  // namespace skerry
