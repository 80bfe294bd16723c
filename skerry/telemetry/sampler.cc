// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/sampler.h"

#include <algorithm>

namespace skerry::telemetry {

bool Sampler::sample_new(std::chrono::steady_clock::time_point now) {
  const std::uint32_t rate = new_traces_per_second();
  if (rate == 0) return false;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  // One more, so that second 0 differs from the fresh window.
  const std::uint64_t second = (static_cast<std::uint64_t>(seconds) + 1) & 0xffffffffU;
  std::uint64_t window = window_.load(std::memory_order_relaxed);
  for (;;) {
    // A thread that read the clock just before another began the next second counts into that one.
    const std::uint64_t current = std::max(window >> 32, second);
    const std::uint64_t taken = current == window >> 32 ? window & 0xffffffffU : 0;
    // Most new traces of a busy service end here, without writing to the shared word.
    if (taken >= rate) return false;
    if (window_.compare_exchange_weak(window, current << 32 | (taken + 1), std::memory_order_relaxed)) return true;
  }
}

}  // namespace skerry::telemetry
