// SPDX-License-Identifier: Apache-2.0
//
// PendingMembers: member ids that were given out and that nobody has joined with yet (KIP-394). An id stays valid for
// the session timeout of the call that got it; a rebalance waits for its owner only for a shorter while, because
// clients ask more than once and forget the first id.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "platform/kafka/group/group_effects.h"

namespace skerry::platform::kafka {

class PendingMembers {
 public:
  bool empty() const { return pending_.empty(); }
  std::size_t size() const { return pending_.size(); }

  /// Remembers the id; forgets the oldest one first if there are `max` already.
  void add(std::string id, GroupTime valid_until, GroupTime wait_until, std::size_t max) {
    if (pending_.size() >= max && !pending_.empty()) pending_.erase(pending_.begin());
    pending_.push_back({std::move(id), valid_until, wait_until});
  }
  bool contains(std::string_view id) const { return std::ranges::find(pending_, id, &Pending::id) != pending_.end(); }
  /// True if it was there.
  bool remove(std::string_view id) {
    return std::erase_if(pending_, [&](const Pending& pending) { return pending.id == id; }) > 0;
  }
  void expire(GroupTime now) {
    std::erase_if(pending_, [&](const Pending& pending) { return pending.valid_until <= now; });
  }

  /// True while a rebalance should wait for one of them.
  bool worth_waiting_for(GroupTime now) const {
    return std::ranges::any_of(pending_, [&](const Pending& pending) { return pending.wait_until > now; });
  }
  /// The next time at which one becomes invalid or is not waited for any longer.
  GroupTime next_change(GroupTime now) const {
    GroupTime next = kNever;
    for (const Pending& pending : pending_)
      next = std::min(next, pending.wait_until > now ? pending.wait_until : pending.valid_until);
    return next;
  }

 private:
  struct Pending {
    std::string id;
    GroupTime valid_until;
    GroupTime wait_until;  // not after valid_until
  };
  std::vector<Pending> pending_;  // oldest first
};

}  // namespace skerry::platform::kafka
