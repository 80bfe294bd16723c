// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/outlier.h"

#include <algorithm>

namespace skerry::discovery {

bool OutlierState::record(TimePoint now, CallOutcome outcome, const OutlierPolicy& policy, bool may_eject) {
  std::lock_guard lock(mutex_);
  if (outcome == CallOutcome::kSucceeded) {
    failures_ = 0;
    // As many successes in a row as failures eject show that it is well again, and the next ejection is a first one.
    if (ejections_ > 0 && ++successes_since_ejection_ >= policy.consecutive_failures) ejections_ = 0;
    return false;
  }
  successes_since_ejection_ = 0;
  ++failures_;
  // Calls that were on their way when it was ejected say nothing new.
  if (ejected(now) || policy.consecutive_failures == 0) return false;
  const bool was_ejected_before = ejections_ > 0;
  if (failures_ < policy.consecutive_failures && !was_ejected_before) return false;
  if (!may_eject) return false;
  failures_ = 0;
  ++ejections_;
  ejected_until_ = now + std::min(policy.base_ejection * static_cast<std::int64_t>(ejections_), policy.max_ejection);
  return true;
}

std::uint32_t OutlierState::ejections() const {
  std::lock_guard lock(mutex_);
  return ejections_;
}

}  // namespace skerry::discovery
