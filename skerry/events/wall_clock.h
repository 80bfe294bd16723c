// SPDX-License-Identifier: Apache-2.0
//
// Wall time as the tables of events/ keep it: milliseconds since 1970. Internal to events/.
#pragma once

#include <chrono>
#include <cstdint>

namespace skerry::events::internal {

template <class Duration>
std::int64_t to_ms(std::chrono::sys_time<Duration> time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}

inline std::int64_t now_ms() { return to_ms(std::chrono::system_clock::now()); }

}  // namespace skerry::events::internal
