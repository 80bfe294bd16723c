// SPDX-License-Identifier: Apache-2.0
//
// TokenBucket: allows a burst, then a rate. Pure: time is passed in. Internal to http/.
#pragma once

#include <algorithm>
#include <chrono>

#include "skerry/http/http2_options.h"

namespace skerry::http::internal {

class TokenBucket {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit TokenBucket(const RateLimit& limit) : limit_(limit), tokens_(limit.burst) {}

  /// Takes one token; false when there is none. `now` must not go back.
  bool take(TimePoint now) {
    if (last_ != TimePoint() && now > last_) {
      const double seconds = std::chrono::duration<double>(now - last_).count();
      tokens_ = std::min<double>(limit_.burst, tokens_ + seconds * limit_.per_second);
    }
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  RateLimit limit_;
  double tokens_;
  TimePoint last_{};
};

}  // namespace skerry::http::internal
