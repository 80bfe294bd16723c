// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/blocking_pool.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <utility>

#include "skerry/async/context.h"
#include "skerry/async/runtime.h"
#include "skerry/base/check.h"

namespace skerry::internal {
namespace {

constexpr std::chrono::seconds kIdleThreadLife{10};

thread_local Runtime* blocking_thread_runtime = nullptr;

}  // namespace

Runtime* BlockingPool::runtime_of_thread() { return blocking_thread_runtime; }

BlockingPool::BlockingPool(Runtime& runtime, std::size_t max_threads, std::size_t max_queue)
    : runtime_(runtime), max_threads_(std::max<std::size_t>(max_threads, 1)), max_queue_(max_queue) {}

BlockingPool::~BlockingPool() {
  {
    std::lock_guard lock(mutex_);
    SKERRY_CHECK(first_ == nullptr, "the pool goes only after the tasks that wait for it");
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool BlockingPool::submit(BlockingJob& job) {
  {
    std::lock_guard lock(mutex_);
    // The first ones of the queue are those that free threads are about to take.
    if (queued_ >= max_queue_ + (max_threads_ - busy_)) return false;
    job.previous_ = last_;
    job.next_ = nullptr;
    (last_ != nullptr ? last_->next_ : first_) = &job;
    last_ = &job;
    ++queued_;
    join_ended();
    if (idle_ < queued_ && running_ < max_threads_ && !start_thread() && running_ == 0) {
      unlink(job);
      return false;
    }
  }
  work_.notify_one();
  return true;
}

// Under the lock.
bool BlockingPool::start_thread() {
  try {
    threads_.emplace_back([this] { run_thread(); });
  } catch (const std::system_error&) {
    // The process may have no more threads. Those that run already get to the call in time.
    return false;
  }
  ++running_;
  return true;
}

// Under the lock. Only the threads' own last steps follow their entry in ended_, so the joins do not wait for work.
void BlockingPool::join_ended() {
  for (const std::thread::id id : std::exchange(ended_, {})) {
    const auto thread = std::ranges::find(threads_, id, &std::thread::get_id);
    thread->join();
    threads_.erase(thread);
  }
}

bool BlockingPool::withdraw(BlockingJob& job) {
  std::lock_guard lock(mutex_);
  const bool linked = job.previous_ != nullptr || first_ == &job;
  if (!linked) return false;
  unlink(job);
  return true;
}

// Under the lock.
void BlockingPool::unlink(BlockingJob& job) {
  (job.previous_ != nullptr ? job.previous_->next_ : first_) = job.next_;
  (job.next_ != nullptr ? job.next_->previous_ : last_) = job.previous_;
  job.previous_ = job.next_ = nullptr;
  --queued_;
}

std::size_t BlockingPool::queued() const {
  std::lock_guard lock(mutex_);
  return queued_;
}

// Under the lock.
BlockingJob* BlockingPool::take() {
  BlockingJob* job = first_;
  if (job != nullptr) unlink(*job);
  return job;
}

void BlockingPool::run_thread() {
  ::pthread_setname_np(::pthread_self(), "blocking");
  blocking_thread_runtime = &runtime_;
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool woken = work_.wait_for(lock, kIdleThreadLife, [this] { return stopping_ || first_ != nullptr; });
    --idle_;
    BlockingJob* job = take();
    if (job == nullptr && (stopping_ || !woken)) break;
    if (job == nullptr) continue;
    ++busy_;
    lock.unlock();
    Fiber* fiber = job->fiber_;
    {
      // The waiting task's trace and baggage hold for the call too. Its slots do not change while it waits.
      const SlotsGuard slots(fiber->slots);
      job->execute();
    }
    lock.lock();
    --busy_;
    // The waiting task owns the job and may go on at once. Its wait is never claimed by anyone else after the start.
    if (fiber->try_claim()) fiber->wake();
  }
  --running_;
  if (!stopping_) ended_.push_back(std::this_thread::get_id());
}

std::coroutine_handle<> BlockingWait::suspend(PromiseBase* frame, std::coroutine_handle<> self) noexcept {
  Fiber* fiber = Fiber::current();
  if (fiber->cancelled()) return end_cancelled(frame);
  pool_ = &Runtime::current().blocking_pool();
  job_.fiber_ = fiber;
  fiber->begin_wait(this, frame);
  if (pool_->submit(job_)) return std::noop_coroutine();
  fiber->abandon_wait();
  rejected_ = true;
  return self;
}

Result<> BlockingWait::await_resume() {
  if (!rejected_) return {};
  return fail(
      Error::resource_exhausted("too many blocking calls wait for a thread; raise max_blocking_queue or "
                                "max_blocking_threads, or send less work"));
}

bool BlockingWait::cancel() noexcept { return pool_->withdraw(job_) && job_.fiber_->try_claim(); }

}  // namespace skerry::internal
