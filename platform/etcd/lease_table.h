// SPDX-License-Identifier: Apache-2.0
//
// LeaseTable: which leases exist, when each ends, and which keys hang on it. Pure: the time comes in as an argument,
// the ids whose time is over go out, and whoever owns the table revokes them through the log (so that an expiry is a
// write like any other). A lease therefore lives until it is revoked; its time being over only makes it due.
//
//   LeaseTable leases;
//   leases.grant(7, 10s, now);
//   leases.attach(7, "/services/a");
//   for (LeaseId id : leases.take_due(now + 10s, 16)) propose_revoke(id);
//
// Rules: etcd API reference, "Lease API".
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "platform/etcd/key_value.h"
#include "skerry/base/result.h"

namespace skerry::platform::etcd {

/// A shorter time to live is raised to this one: 1.5 times etcd's default election timeout, in whole seconds.
inline constexpr std::chrono::seconds kMinLeaseTimeToLive{2};
/// A longer time to live is refused.
inline constexpr std::chrono::seconds kMaxLeaseTimeToLive{9'000'000'000};
/// A lease that was reported due and is still there after this time is reported again.
inline constexpr std::chrono::seconds kDueAgainAfter{3};
/// restart() spreads the ends of leases so that at most this many are due in one second.
inline constexpr std::size_t kMaxExpiriesPerSecond = 750;

class LeaseTable {
 public:
  /// Any monotonic clock's time; the caller uses the same clock for every call.
  using Time = std::chrono::steady_clock::time_point;

  struct Status {
    std::chrono::seconds granted;
    std::chrono::seconds remaining;  // rounded down; 0 when due
  };

  LeaseTable() = default;
  LeaseTable(const LeaseTable&) = delete;
  LeaseTable& operator=(const LeaseTable&) = delete;

  /// Creates a lease and returns its time to live, raised to the minimum. Fails with NotFound for id 0, with OutOfRange
  /// for a time above the maximum, and with FailedPrecondition when the id is taken.
  Result<std::chrono::seconds> grant(LeaseId id, std::chrono::seconds time_to_live, Time now);

  /// Removes the lease and returns its keys in key order, for the caller to delete. Fails with NotFound.
  Result<std::vector<std::string>> revoke(LeaseId id);

  /// Starts the lease's time again and returns it; nullopt when there is no such lease or it is already due (its
  /// revocation may be under way and is not taken back).
  std::optional<std::chrono::seconds> renew(LeaseId id, Time now);

  bool contains(LeaseId id) const { return leases_.contains(id); }
  /// True when the lease exists and its time is over.
  bool is_due(LeaseId id, Time now) const;
  std::optional<Status> status(LeaseId id, Time now) const;
  /// The keys attached to the lease, in key order; empty when there is no such lease.
  std::vector<std::string> keys(LeaseId id) const;
  /// Every lease, in order of the time it ends.
  std::vector<LeaseId> ids() const;
  std::size_t size() const { return leases_.size(); }

  /// Hangs the key on the lease. Precondition: the lease exists.
  void attach(LeaseId id, std::string_view key);
  /// Takes the key off the lease, if both are there.
  void detach(LeaseId id, std::string_view key);

  /// At most `max_leases` leases whose time is over, earliest first. Each is reported again only after kDueAgainAfter.
  std::vector<LeaseId> take_due(Time now, std::size_t max_leases);
  /// When take_due has something to report next; nullopt while there are no leases.
  std::optional<Time> next_due() const;

  /// Gives every lease its full time again, as a new leader does, because nobody knows how long the old one was gone.
  /// Where more than kMaxExpiriesPerSecond would end within a second, the rest end in later seconds.
  void restart(Time now);

 private:
  struct Lease {
    std::chrono::seconds granted;
    Time end;     // when the time is over
    Time report;  // when take_due reports it: `end`, and later again after a report
    std::set<std::string, std::less<>> keys;
  };
  void set_end(LeaseId id, Lease& lease, Time end);
  void set_report(LeaseId id, Lease& lease, Time report);

  std::unordered_map<LeaseId, Lease> leases_;
  std::set<std::pair<Time, LeaseId>> by_report_;  // exactly one entry for each lease
};

}  // namespace skerry::platform::etcd
