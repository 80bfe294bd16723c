// SPDX-License-Identifier: Apache-2.0
//
// Random bytes and ids made of them. The generator is per thread and seeded from the system; it is for ids and jitter,
// not for secrets. Code that must be replayed takes its randomness from the runtime instead (skerry/async/runtime.h).
#pragma once

#include <cstdint>
#include <string>

namespace skerry {

/// 64 random bits of the calling thread's generator (xoshiro256++, seeded by getrandom(2)).
std::uint64_t random_u64();

/// A random number in [0, bound), without bias. Precondition: bound > 0.
std::uint64_t random_below(std::uint64_t bound);

/// A random id of 32 lower-case hexadecimal digits.
std::string random_id();

/// `random_id` that sorts by time: 12 hexadecimal digits of milliseconds since 1970, then 20 random ones.
std::string time_ordered_id();

}  // namespace skerry
