// SPDX-License-Identifier: Apache-2.0
//
// How a task becomes a fiber. The callable and its arguments move into the fiber and live until the task has ended, so
// that a lambda's captures and reference parameters into them stay valid. Internal to async/; services see go and
// Scope.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "skerry/async/fiber.h"
#include "skerry/async/task.h"
#include "skerry/async/worker.h"

namespace skerry::internal {

template <class F, class... Args>
using TaskValue = typename std::invoke_result_t<std::decay_t<F>&, std::decay_t<Args>...>::value_type;

/// How a spawned task ended: `panic` is set, or `result` is.
template <class T>
struct SpawnEnd {
  std::optional<Result<T>> result;
  std::exception_ptr panic;
};

template <class T, class OnEnd, class F, class... Args>
class SpawnedFiber final : public Fiber {
 public:
  SpawnedFiber(Worker& home, CancelNode* parent, const char* name, OnEnd on_end, F function, Args... args)
      : Fiber(home, parent, name),
        on_end_(std::move(on_end)),
        function_(std::move(function)),
        args_(std::move(args)...) {}
  ~SpawnedFiber() override { destroy_root(); }

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* fiber, std::size_t size) noexcept { free_frame(fiber, size); }

 private:
  PromiseBase* start() override {
    try {
      root_ = std::apply(function_, std::move(args_)).release();
    } catch (...) {
      start_panic_ = std::current_exception();
      return nullptr;
    }
    root_.promise().continuation = this;
    return &root_.promise();
  }

  void finished() noexcept override {
    SpawnEnd<T> end;
    if (failure_) {
      end.result.emplace(std::unexpected<Error>(std::move(*failure_)));
    } else if (start_panic_) {
      end.panic = start_panic_;
    } else if (auto panic = root_.promise().panic()) {
      end.panic = std::move(panic);
    } else if constexpr (std::is_void_v<T>) {
      end.result.emplace();
    } else {
      end.result.emplace(root_.promise().take());
    }
    destroy_root();
    on_end_(std::move(end));
  }

  void destroy_root() noexcept override {
    if (auto root = std::exchange(root_, nullptr)) root.destroy();
  }

  OnEnd on_end_;
  F function_;
  std::tuple<Args...> args_;
  typename Task<T>::Handle root_;
  std::exception_ptr start_panic_;
};

/// Starts f(args...) on the worker, below `parent` in the cancel tree (null: nothing cancels it but the runtime's end),
/// and calls on_end(SpawnEnd<T>) on that worker when it has ended. on_end must not throw. Trace and baggage are
/// inherited.
template <class OnEnd, class F, class... Args>
void spawn_on(Worker& worker, CancelNode* parent, const char* name, OnEnd on_end, F&& f, Args&&... args) {
  using T = TaskValue<F, Args...>;
  auto* fiber = new SpawnedFiber<T, OnEnd, std::decay_t<F>, std::decay_t<Args>...>(
      worker, parent, name, std::move(on_end), std::forward<F>(f), std::forward<Args>(args)...);
  if (const Fiber* spawner = Fiber::current()) fiber->slots = spawner->slots;
  worker.start(*fiber);
}

}  // namespace skerry::internal
