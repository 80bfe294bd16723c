// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/fiber.h"

#include <utility>

#include "skerry/async/context.h"
#include "skerry/async/worker.h"
#include "skerry/base/check.h"

namespace skerry::internal {

Fiber::Fiber(Worker& home, CancelNode* parent, const char* name)
    : Continuation(Delivery::kRoot), home_(&home), name_(name), root_cancel_(parent, this), cancel_top_(&root_cancel_) {
  step_.fiber = this;
  step_.run = &Fiber::run_step;
  poke_.fiber = this;
  poke_.run = &Fiber::run_poke;
}

Fiber::~Fiber() = default;

Fiber* Fiber::current() {
  const Worker* worker = Worker::current();
  return worker != nullptr ? worker->fiber() : nullptr;
}

void Fiber::wake() { home_->post(step_); }

void Fiber::poke() {
  if (poke_pending_.exchange(true, std::memory_order_acq_rel)) return;
  add_reference();
  home_->post(poke_);
}

void Fiber::drop_reference() {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void Fiber::run_step(WorkItem* item) { static_cast<FiberItem*>(item)->fiber->resume(); }

void Fiber::run_poke(WorkItem* item) {
  Fiber* fiber = static_cast<FiberItem*>(item)->fiber;
  // Cleared first: a cancellation from now on pokes again.
  fiber->poke_pending_.store(false, std::memory_order_release);
  fiber->cancel_wait();
  fiber->drop_reference();
}

void Fiber::cancel_wait() {
  if (!is_waiting() || !cancelled() || !wait_->cancel()) return;
  end_cancelled_ = true;
  home_->make_ready(step_);
}

void Fiber::resume() {
  home_->fiber_ = this;
  home_->budget_ = Worker::kOperationBudget;
  std::coroutine_handle<> next;
  if (!started_) {
    started_ = true;
    home_->add_live(*this);
    root_ = start();
    if (root_ != nullptr) next = root_->handle();
  } else {
    PromiseBase* frame = std::exchange(frame_, nullptr);
    wait_ = nullptr;
    next = std::exchange(end_cancelled_, false) ? end_cancelled(frame) : frame->handle();
  }
  if (next) next.resume();
  after_step();
}

void Fiber::after_step() {
  const bool ended = failure_ != nullptr || root_ == nullptr || root_->handle().done();
  if (!ended) {
    home_->fiber_ = nullptr;
    return;
  }
  finished();
  home_->fiber_ = nullptr;
  home_->remove_live(*this);
  drop_reference();
}

void Fiber::drop_child() noexcept { destroy_root(); }

void Fiber::deliver(Error&& error, bool) noexcept {
  root_ = nullptr;
  failure_ = std::make_unique<Error>(std::move(error));
}

}  // namespace skerry::internal
