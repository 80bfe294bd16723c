// SPDX-License-Identifier: Apache-2.0
//
// How long to wait before an attempt is made again. Pure: the randomness is handed in. Internal to events/.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace skerry::events::internal {

/// A number in [0, bound).
using Random = std::function<std::uint64_t(std::uint64_t bound)>;

/// The pause after failure number `failures` (from 1): between half of the bound and the whole of it. The bound is
/// `first`, doubled with each failure up to `max`.
std::chrono::milliseconds retry_pause(std::chrono::milliseconds first, std::chrono::milliseconds max,
                                      std::uint32_t failures, const Random& random);

}  // namespace skerry::events::internal
