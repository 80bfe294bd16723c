// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/runtime.h"

#include <fmt/core.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "skerry/async/blocking_pool.h"
#include "skerry/async/go.h"
#include "skerry/async/panic.h"
#include "skerry/async/scope.h"
#include "skerry/async/sync.h"
#include "skerry/base/check.h"

namespace skerry {
namespace {

using Clock = std::chrono::steady_clock;

unsigned usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
}

}  // namespace

Runtime::Runtime(RuntimeOptions options) : options_(options) {
  const unsigned count = options_.workers != 0 ? options_.workers : usable_processors();
  for (unsigned index = 0; index < count; ++index) workers_.push_back(std::make_unique<Worker>(*this, index));
  blocking_pool_ =
      std::make_unique<internal::BlockingPool>(*this, options_.max_blocking_threads, options_.max_blocking_queue);
}

Runtime::~Runtime() = default;

Runtime& Runtime::current() {
  if (Worker* worker = Worker::current()) return worker->runtime();
  Runtime* runtime = internal::BlockingPool::runtime_of_thread();
  SKERRY_CHECK(runtime != nullptr, "called outside of a task");
  return *runtime;
}

Worker& Runtime::least_loaded() {
  return **std::ranges::min_element(workers_, {}, [](const auto& worker) { return worker->live_fibers(); });
}

std::size_t Runtime::live_fibers() const {
  // First all that have ended, then all that were started: a task that starts another elsewhere and ends between the
  // reads is never missed, so a zero is true.
  std::uint64_t ended = 0;
  for (const auto& worker : workers_) ended += worker->fibers_ended();
  std::uint64_t started = 0;
  for (const auto& worker : workers_) started += worker->fibers_started();
  return started - ended;
}

void Runtime::run_main(const std::function<void(Worker&)>& start) {
  SKERRY_CHECK(Worker::current() == nullptr, "run() is not for use inside a task");
  for (const auto& worker : workers_) worker->prepare();
  std::vector<std::thread> threads;
  for (std::size_t index = 1; index < workers_.size(); ++index) {
    threads.emplace_back([worker = workers_[index].get()] {
      ::pthread_setname_np(::pthread_self(), fmt::format("worker-{}", worker->index()).c_str());
      worker->run();
    });
  }
  start(*workers_[0]);
  workers_[0]->run();
  for (std::thread& thread : threads) thread.join();
}

void Runtime::main_done() {
  stop_since_.store(Clock::now(), std::memory_order_release);
  for (const auto& worker : workers_) worker->stop();
}

void Runtime::append_tasks(const Worker& worker, std::vector<TaskInfo>& tasks) {
  const auto now = Clock::now();
  worker.for_each_fiber([&](const internal::Fiber& fiber) {
    std::string state = fiber.is_waiting() ? fiber.wait()->what() : "ready";
    if (&fiber == worker.fiber()) state = "running";
    tasks.push_back({fiber.id(), fiber.name(), worker.index(), std::move(state), now - fiber.since()});
  });
}

Task<std::vector<TaskInfo>> Runtime::tasks() {
  std::vector<TaskInfo> all_tasks;
  Mutex mutex;
  co_await with_scope([&](Scope& scope) -> Task<> {
    for (const auto& worker : workers_) {
      scope.go_on(*worker, [&all_tasks, &mutex]() -> Task<> {
        auto guard = co_await mutex.lock();
        append_tasks(*Worker::current(), all_tasks);
      });
    }
    co_return;
  });
  co_return all_tasks;
}

void Runtime::interrupt_all() {
  for (const auto& worker : workers_) worker->interrupt();
}

void Runtime::check_stop_limit() {
  if (Clock::now() - stop_since_.load(std::memory_order_acquire) < options_.stop_limit) return;
  std::vector<TaskInfo> stuck;
  append_tasks(*Worker::current(), stuck);
  if (stuck.empty()) return;
  fmt::print(stderr, "the process cannot end: {} tasks of this worker go on {} ms after they were cancelled\n",
             stuck.size(), options_.stop_limit.count());
  for (const TaskInfo& task : stuck) fmt::print(stderr, "  task {} {}: {}\n", task.id, task.name, task.state);
  std::abort();
}

namespace internal {

void detached_panic(const char* name, const std::exception_ptr& panic) {
  fmt::print(stderr, "panic in detached task {}: {}\n", name, panic_message(panic));
  std::abort();
}

void detached_error(const char* name, const Error& error) {
  if (error.code() == Code::kCancelled) return;
  fmt::print(stderr, "detached task {} failed: {}\n", name, error.to_string());
}

}  // namespace internal
}  // namespace skerry
