// SPDX-License-Identifier: Apache-2.0
//
// The bounded pool of threads behind blocking(f). Internal to async/.
#pragma once

#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

#include "skerry/async/fiber.h"
#include "skerry/base/result.h"

namespace skerry {
class Runtime;
}

namespace skerry::internal {

/// One call. Lives in the frame of the waiting task, which goes on only after execute() has returned.
class BlockingJob {
 public:
  BlockingJob() = default;
  BlockingJob(const BlockingJob&) = delete;
  BlockingJob& operator=(const BlockingJob&) = delete;
  virtual void execute() noexcept = 0;

 protected:
  ~BlockingJob() = default;

 private:
  friend class BlockingPool;
  friend class BlockingWait;
  BlockingJob* previous_ = nullptr;
  BlockingJob* next_ = nullptr;
  Fiber* fiber_ = nullptr;
};

class BlockingPool {
 public:
  BlockingPool(Runtime& runtime, std::size_t max_threads, std::size_t max_queue);
  /// Waits for the running calls. Precondition: no call waits.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  /// Any thread. False when the queue is full, or when there is no thread and the system gives none.
  bool submit(BlockingJob& job);
  /// Any thread. True if the job had not started and never will.
  bool withdraw(BlockingJob& job);
  std::size_t queued() const;
  /// The runtime whose blocking call runs on this thread, or null.
  static Runtime* runtime_of_thread();

 private:
  void run_thread();
  BlockingJob* take();
  void unlink(BlockingJob& job);
  bool start_thread();
  void join_ended();

  Runtime& runtime_;
  const std::size_t max_threads_;
  const std::size_t max_queue_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  BlockingJob* first_ = nullptr;
  BlockingJob* last_ = nullptr;
  std::size_t queued_ = 0;
  // Threads: all, those that wait for a call, those inside of one.
  std::size_t running_ = 0;
  std::size_t idle_ = 0;
  std::size_t busy_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
  std::vector<std::thread::id> ended_;
};

class BlockingWait final : public Wait {
 public:
  explicit BlockingWait(BlockingJob& job) : Wait("blocking call"), job_(job) {}
  bool await_ready() const noexcept { return false; }
  template <class P>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<P> frame) noexcept {
    return suspend(&frame.promise(), frame);
  }
  /// Fails when the queue was full.
  Result<> await_resume();
  bool cancel() noexcept override;

 private:
  std::coroutine_handle<> suspend(PromiseBase* frame, std::coroutine_handle<> self) noexcept;
  BlockingJob& job_;
  BlockingPool* pool_ = nullptr;
  bool rejected_ = false;
};

}  // namespace skerry::internal
