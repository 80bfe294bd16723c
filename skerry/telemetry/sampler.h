// SPDX-License-Identifier: Apache-2.0
//
// Sampler: which traces are recorded. The parent decides; where there is none, the first 100 new traces of each second
// are. Ids travel in any case, and a span that ends in an error is exported in any case (skerry/telemetry/span.h), so
// that sampling hides no failure.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "skerry/telemetry/span_context.h"

namespace skerry::telemetry {

inline constexpr std::uint32_t kDefaultNewTracesPerSecond = 100;

class Sampler {
 public:
  explicit Sampler(std::uint32_t new_traces_per_second = kDefaultNewTracesPerSecond) : rate_(new_traces_per_second) {}
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  /// Any thread. An invalid `parent` means that the span begins a trace.
  bool sample(const SpanContext& parent, std::chrono::steady_clock::time_point now) {
    return parent.valid() ? parent.sampled() : sample_new(now);
  }

  /// Any thread; takes effect with the next new trace. 0: no new trace is sampled.
  void set_new_traces_per_second(std::uint32_t rate) { rate_.store(rate, std::memory_order_relaxed); }
  std::uint32_t new_traces_per_second() const { return rate_.load(std::memory_order_relaxed); }

 private:
  bool sample_new(std::chrono::steady_clock::time_point now);

  std::atomic<std::uint32_t> rate_;
  // The current second in the upper half, the traces sampled in it in the lower half: one word, so that both change
  // together.
  std::atomic<std::uint64_t> window_{0};
};

}  // namespace skerry::telemetry
