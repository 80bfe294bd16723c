// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/ids.h"

#include <fmt/core.h>
#include <sys/random.h>

#include <array>
#include <bit>
#include <chrono>

#include "skerry/base/check.h"

namespace skerry {
namespace {

// xoshiro256++ by Blackman and Vigna (https://prng.di.unimi.it/): small, fast and good enough for ids.
class Xoshiro {
 public:
  Xoshiro() {
    // getrandom only fails for arguments that are wrong; a state of all zeros would be a fixed point.
    SKERRY_CHECK(::getrandom(state_.data(), sizeof state_, 0) == sizeof state_, "no randomness from the system");
    state_[0] |= 1;
  }

  std::uint64_t next() {
    const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

 private:
  std::array<std::uint64_t, 4> state_{};
};

}  // namespace

std::uint64_t random_u64() {
  thread_local Xoshiro generator;
  return generator.next();
}

std::uint64_t random_below(std::uint64_t bound) {
  SKERRY_CHECK(bound > 0, "an empty range has no random member");
  // Values in the incomplete last block of the range would make small results likelier: draw again.
  const std::uint64_t incomplete = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = random_u64();
    if (value >= incomplete) return value % bound;
  }
}

std::string random_id() { return fmt::format("{:016x}{:016x}", random_u64(), random_u64()); }

std::string time_ordered_id() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  return fmt::format("{:012x}{:016x}{:04x}", static_cast<std::uint64_t>(ms) & 0xffffffffffffULL, random_u64(),
                     random_u64() & 0xffffU);
}

}  // namespace skerry
