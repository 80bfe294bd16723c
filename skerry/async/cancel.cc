// SPDX-License-Identifier: Apache-2.0
#include "skerry/async/cancel.h"

#include <algorithm>

#include "skerry/async/fiber.h"
#include "skerry/base/check.h"

namespace skerry::internal {

CancelNode::CancelNode(CancelNode* parent, Fiber* fiber, Deadline deadline)
    : parent_(parent), fiber_(fiber), deadline_(parent != nullptr ? std::min(parent->deadline_, deadline) : deadline) {
  if (parent_ == nullptr) return;
  std::lock_guard lock(parent_->mutex_);
  state_.store(parent_->state(), std::memory_order_relaxed);
  next_ = parent_->first_child_;
  if (next_ != nullptr) next_->previous_ = this;
  parent_->first_child_ = this;
}

CancelNode::~CancelNode() {
  SKERRY_CHECK(first_child_ == nullptr, "a cancel node outlives everything below it");
  if (parent_ == nullptr) return;
  std::lock_guard lock(parent_->mutex_);
  if (next_ != nullptr) next_->previous_ = previous_;
  (previous_ != nullptr ? previous_->next_ : parent_->first_child_) = next_;
}

void CancelNode::cancel(CancelState cause) {
  std::lock_guard lock(mutex_);
  CancelState expected = CancelState::kLive;
  if (!state_.compare_exchange_strong(expected, cause, std::memory_order_acq_rel)) return;
  fiber_->poke();
  for (CancelNode* child = first_child_; child != nullptr; child = child->next_) child->cancel(cause);
}

}  // namespace skerry::internal
