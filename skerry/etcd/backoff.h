// SPDX-License-Identifier: Apache-2.0
//
// Backoff: how long to wait before the next attempt: a random time below a bound that doubles, so that clients of a
// registry that comes back do not all come at once. Pure: the randomness is handed in.
//
//   Backoff backoff(policy);
//   co_await sleep(backoff.next());       // after each failure
//   backoff.reset();                      // after a success
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "skerry/base/ids.h"

namespace skerry::etcd {

struct BackoffPolicy {
  std::chrono::milliseconds first{20};
  std::chrono::milliseconds max{1'000};
};

class Backoff {
 public:
  /// A number in [0, bound).
  using Random = std::function<std::uint64_t(std::uint64_t bound)>;

  explicit Backoff(
      BackoffPolicy policy = {}, Random random = [](std::uint64_t bound) { return random_below(bound); })
      : policy_(policy), random_(std::move(random)), bound_(policy.first) {}

  /// Between half of the bound and the whole of it; the bound doubles up to the policy's maximum.
  std::chrono::milliseconds next() {
    const auto half = bound_ / 2;
    const auto jitter = static_cast<std::int64_t>(random_(static_cast<std::uint64_t>(half.count()) + 1));
    bound_ = std::min(bound_ * 2, policy_.max);
    return half + std::chrono::milliseconds(jitter);
  }
  void reset() { bound_ = policy_.first; }

 private:
  BackoffPolicy policy_;
  Random random_;
  std::chrono::milliseconds bound_;
};

}  // namespace skerry::etcd
