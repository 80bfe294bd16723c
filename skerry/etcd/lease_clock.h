// SPDX-License-Identifier: Apache-2.0
//
// LeaseClock: when a lease has to be renewed and until when it is known to live, without I/O and without a clock of its
// own. The holder counts from the moment a renewal was sent, and so never believes longer in the lease than the server
// grants it. Internal to etcd/.
#pragma once

#include <algorithm>
#include <chrono>

namespace skerry::etcd {

class LeaseClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  /// Renewals for each time to live: with three, one may be lost.
  static constexpr int kRenewalsPerTtl = 3;

  /// `sent` is when the request that granted the lease went out.
  LeaseClock(TimePoint sent, std::chrono::seconds ttl) : sent_(sent), ttl_(ttl) {}

  /// A renewal that was sent then was confirmed.
  void renewed(TimePoint sent, std::chrono::seconds ttl) {
    if (sent < sent_) return;
    sent_ = sent;
    ttl_ = ttl;
  }

  /// When the next renewal is due.
  TimePoint renew_at() const { return sent_ + interval(); }
  /// How long to wait for the answer to a renewal before asking another member.
  std::chrono::milliseconds interval() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(ttl_) / kRenewalsPerTtl;
  }
  /// From then on the lease may be gone.
  TimePoint expires_at() const { return sent_ + ttl_; }
  bool expired(TimePoint now) const { return now >= expires_at(); }

 private:
  TimePoint sent_;
  std::chrono::seconds ttl_;
};

}  // namespace skerry::etcd
