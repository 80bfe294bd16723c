// SPDX-License-Identifier: Apache-2.0
//
// blocking: runs work that blocks a thread (a file, a database, getaddrinfo) in a bounded pool of threads, and suspends
// only the task.
//
//   std::string text = co_await blocking([path] { return read_file(path); });
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "skerry/async/blocking_pool.h"
#include "skerry/async/task.h"

namespace skerry {

namespace internal {

template <class R>
struct BlockingValue {
  using Type = R;
};
template <class T>
struct BlockingValue<Result<T>> {
  using Type = T;
};

template <class F>
class BlockingCall final : public BlockingJob {
 public:
  using R = std::invoke_result_t<F&>;
  explicit BlockingCall(F function) : function_(std::move(function)) {}

  void execute() noexcept override {
    try {
      if constexpr (std::is_void_v<R>) {
        function_();
        value_.emplace();
      } else {
        value_.emplace(function_());
      }
    } catch (...) {
      panic_ = std::current_exception();
    }
  }
  Stored<R> take() {
    if (panic_) std::rethrow_exception(panic_);
    return std::move(*value_);
  }

 private:
  F function_;
  std::optional<Stored<R>> value_;
  std::exception_ptr panic_;
};

}  // namespace internal

/// Calls f on a thread of the pool and gives what it returns; a Result is passed on like any other, an exception is a
/// panic here. f and its captures are owned by the call. Cancelled before f started, it never runs; once it runs, it is
/// waited for, so that its outcome is known. Fails with RESOURCE_EXHAUSTED when too many calls wait (RuntimeOptions).
template <class F>
Task<typename internal::BlockingValue<std::invoke_result_t<F&>>::Type> blocking(F f) {
  using R = std::invoke_result_t<F&>;
  internal::BlockingCall<F> call(std::move(f));
  Result<> queued = co_await internal::BlockingWait(call);
  co_await std::move(queued);
  if constexpr (std::is_void_v<R>) {
    call.take();
  } else if constexpr (internal::kIsResult<R>) {
    if constexpr (std::is_void_v<typename R::value_type>) {
      co_await call.take();
    } else {
      co_return co_await call.take();
    }
  } else {
    co_return call.take();
  }
}

}  // namespace skerry
