// SPDX-License-Identifier: Apache-2.0
//
// Passive outlier ejection: an instance whose calls fail several times in a row is left out for a while, longer each
// time it happens again. Nothing is asked of the instance; only what calls have seen counts. After its time it gets
// calls again, and the first failure ejects it anew.
//
//   outlier.record(now, CallOutcome::kFailed, policy);
//   if (outlier.ejected(now)) ...
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

namespace skerry::discovery {

struct OutlierPolicy {
  /// Failures in a row that eject; 0 never ejects.
  std::uint32_t consecutive_failures = 5;
  /// The first ejection's length; the n-th in a row takes n times as long, up to the maximum.
  std::chrono::milliseconds base_ejection{10'000};
  std::chrono::milliseconds max_ejection{300'000};
  /// No more than this share of a set is ejected at a time: too many outliers are the rule, and calls that may fail are
  /// better than none.
  double max_ejected_share = 0.5;
};

/// How a call looked from here: a connection that was refused or an UNAVAILABLE is kFailed, and so is any answer that
/// speaks of the instance rather than of the request.
enum class CallOutcome : std::uint8_t { kSucceeded, kFailed };

/// What is known of one instance. Any thread.
class OutlierState {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// Returns true when this outcome ejected the instance, which it does not where `may_eject` is false.
  bool record(TimePoint now, CallOutcome outcome, const OutlierPolicy& policy, bool may_eject = true);
  bool ejected(TimePoint now) const { return now < ejected_until_.load(std::memory_order_relaxed); }
  /// Ejections since the last success that lasted.
  std::uint32_t ejections() const;

 private:
  mutable std::mutex mutex_;
  std::uint32_t failures_ = 0;
  std::uint32_t successes_since_ejection_ = 0;
  std::uint32_t ejections_ = 0;
  std::atomic<TimePoint> ejected_until_{};
};

}  // namespace skerry::discovery
