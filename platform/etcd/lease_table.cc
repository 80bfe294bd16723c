// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/lease_table.h"

#include <algorithm>

#include "platform/etcd/errors.h"
#include "skerry/base/check.h"

namespace skerry::platform::etcd {
namespace {

using std::chrono::seconds;

// Times to live go up to 9e9 seconds, which a clock counting nanoseconds in 64 bits cannot add; 250 years can stand
// for it.
constexpr seconds kLongestAddable{250LL * 365 * 86400};

LeaseTable::Time time_after(LeaseTable::Time now, seconds duration) {
  const auto room = std::chrono::floor<seconds>(LeaseTable::Time::max() - std::max(now, LeaseTable::Time()));
  return now + std::min({duration, kLongestAddable, room});
}

}  // namespace

Result<seconds> LeaseTable::grant(LeaseId id, seconds time_to_live, Time now) {
  if (id == kNoLease) return fail(errors::lease_not_found());
  if (time_to_live > kMaxLeaseTimeToLive) return fail(errors::lease_ttl_too_large());
  if (leases_.contains(id)) return fail(errors::lease_exists());
  const seconds granted = std::max(time_to_live, kMinLeaseTimeToLive);
  const Time end = time_after(now, granted);
  leases_.emplace(id, Lease{.granted = granted, .end = end, .report = end, .keys = {}});
  by_report_.emplace(end, id);
  return granted;
}

Result<std::vector<std::string>> LeaseTable::revoke(LeaseId id) {
  auto it = leases_.find(id);
  if (it == leases_.end()) return fail(errors::lease_not_found());
  std::vector<std::string> keys(it->second.keys.begin(), it->second.keys.end());
  by_report_.erase({it->second.report, id});
  leases_.erase(it);
  return keys;
}

std::optional<seconds> LeaseTable::renew(LeaseId id, Time now) {
  auto it = leases_.find(id);
  if (it == leases_.end() || it->second.end <= now) return std::nullopt;
  set_end(id, it->second, time_after(now, it->second.granted));
  return it->second.granted;
}

bool LeaseTable::is_due(LeaseId id, Time now) const {
  auto it = leases_.find(id);
  return it != leases_.end() && it->second.end <= now;
}

std::optional<LeaseTable::Status> LeaseTable::status(LeaseId id, Time now) const {
  auto it = leases_.find(id);
  if (it == leases_.end()) return std::nullopt;
  const Lease& lease = it->second;
  const seconds remaining = lease.end > now ? std::chrono::floor<seconds>(lease.end - now) : seconds(0);
  return Status{.granted = lease.granted, .remaining = remaining};
}

std::vector<std::string> LeaseTable::keys(LeaseId id) const {
  auto it = leases_.find(id);
  if (it == leases_.end()) return {};
  return {it->second.keys.begin(), it->second.keys.end()};
}

std::vector<LeaseId> LeaseTable::ids() const {
  std::vector<std::pair<Time, LeaseId>> ends;
  ends.reserve(leases_.size());
  for (const auto& [id, lease] : leases_) ends.emplace_back(lease.end, id);
  std::ranges::sort(ends);
  std::vector<LeaseId> ids;
  ids.reserve(ends.size());
  for (const auto& [end, id] : ends) ids.push_back(id);
  return ids;
}

void LeaseTable::attach(LeaseId id, std::string_view key) {
  auto it = leases_.find(id);
  SKERRY_CHECK(it != leases_.end(), "a key was attached to a lease that is not there");
  it->second.keys.emplace(key);
}

void LeaseTable::detach(LeaseId id, std::string_view key) {
  auto it = leases_.find(id);
  if (it == leases_.end()) return;
  auto found = it->second.keys.find(key);
  if (found != it->second.keys.end()) it->second.keys.erase(found);
}

std::vector<LeaseId> LeaseTable::take_due(Time now, std::size_t max_leases) {
  std::vector<LeaseId> due;
  while (due.size() < max_leases && !by_report_.empty() && by_report_.begin()->first <= now) {
    const LeaseId id = by_report_.begin()->second;
    due.push_back(id);
    set_report(id, leases_.at(id), now + kDueAgainAfter);
  }
  return due;
}

std::optional<LeaseTable::Time> LeaseTable::next_due() const {
  if (by_report_.empty()) return std::nullopt;
  return by_report_.begin()->first;
}

void LeaseTable::restart(Time now) {
  std::vector<std::pair<seconds, LeaseId>> ends;
  for (auto& [id, lease] : leases_) ends.emplace_back(lease.granted, id);
  std::ranges::sort(ends);
  seconds window{0};  // the second, counted from now, that the leases at hand end in
  std::size_t in_window = 0;
  for (const auto& [granted, id] : ends) {
    if (granted > window) {
      window = granted;
      in_window = 0;
    } else if (in_window == kMaxExpiriesPerSecond) {
      window += seconds(1);
      in_window = 0;
    }
    ++in_window;
    set_end(id, leases_.at(id), time_after(now, window));
  }
}

void LeaseTable::set_end(LeaseId id, Lease& lease, Time end) {
  lease.end = end;
  set_report(id, lease, end);
}

void LeaseTable::set_report(LeaseId id, Lease& lease, Time report) {
  by_report_.erase({lease.report, id});
  lease.report = report;
  by_report_.emplace(report, id);
}

}  // namespace skerry::platform::etcd
