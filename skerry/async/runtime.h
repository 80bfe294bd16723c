// SPDX-License-Identifier: Apache-2.0
//
// Runtime: the workers and the pool for blocking work. A process usually has one, made by Service; tests and tools make
// their own:
//
//   Runtime runtime({.workers = 2});
//   Result<int> answer = runtime.run([]() -> Task<int> { co_return co_await compute(); });
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "skerry/async/spawn.h"
#include "skerry/async/task.h"
#include "skerry/async/worker.h"

namespace skerry {

namespace internal {
class BlockingPool;
}

struct RuntimeOptions {
  /// Threads that run tasks; 0 means one for each processor that this process may use.
  unsigned workers = 0;
  /// Threads for blocking(f), started when they are needed, ended after idling.
  std::size_t max_blocking_threads = 32;
  /// Calls of blocking(f) that wait for a thread; one more fails with RESOURCE_EXHAUSTED.
  std::size_t max_blocking_queue = 10'000;
  /// How long run() waits at its end for the cancelled detached tasks before it gives them up and aborts with a report.
  std::chrono::milliseconds stop_limit{10'000};
};

/// One live task, for reports.
struct TaskInfo {
  std::uint64_t id;
  std::string name;
  unsigned worker;
  /// What it waits for; "running" or "ready" when it does not wait.
  std::string state;
  std::chrono::steady_clock::duration age;
};

class Runtime {
 public:
  explicit Runtime(RuntimeOptions options = {});
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// The runtime of the task that runs on this thread. Precondition: called from a task or a blocking call of one.
  static Runtime& current();

  /// Calls f, which returns a Task<T>, on worker 0 and runs all workers until that task ends; then cancels what is
  /// still running detached and waits for it. The calling thread is worker 0 meanwhile. Rethrows a panic of the task.
  /// May be called again afterwards.
  template <class F>
  auto run(F f) -> Result<internal::TaskValue<F>> {
    using T = internal::TaskValue<F>;
    std::optional<Result<T>> result;
    std::exception_ptr panic;
    run_main([&](Worker& worker) {
      internal::spawn_on(
          worker, nullptr, "main",
          [&](internal::SpawnEnd<T> end) {
            if (end.panic) {
              panic = end.panic;
            } else {
              result.emplace(std::move(*end.result));
            }
            main_done();
          },
          std::move(f));
    });
    if (panic) std::rethrow_exception(panic);
    return std::move(*result);
  }

  std::size_t worker_count() const { return workers_.size(); }
  Worker& worker(std::size_t index) { return *workers_[index]; }
  /// The worker with the fewest live tasks.
  Worker& least_loaded();
  internal::BlockingPool& blocking_pool() { return *blocking_pool_; }
  const RuntimeOptions& options() const { return options_; }

  /// The number of live tasks on all workers. Any thread.
  std::size_t live_fibers() const;
  /// The live tasks of all workers. Call from a task.
  Task<std::vector<TaskInfo>> tasks();

  /// For a worker that has found that no task lives: the others look too.
  void interrupt_all();
  /// For a worker that is stopping: aborts with a report of the live tasks when they take longer than stop_limit.
  void check_stop_limit();

 private:
  void run_main(const std::function<void(Worker&)>& start);
  void main_done();
  static void append_tasks(const Worker& worker, std::vector<TaskInfo>& tasks);

  RuntimeOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<internal::BlockingPool> blocking_pool_;
  std::atomic<std::chrono::steady_clock::time_point> stop_since_{};
};

}  // namespace skerry
