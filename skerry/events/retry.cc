// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/retry.h"

#include <algorithm>

namespace skerry::events::internal {

std::chrono::milliseconds retry_pause(std::chrono::milliseconds first, std::chrono::milliseconds max,
                                      std::uint32_t failures, const Random& random) {
  std::chrono::milliseconds bound = std::min(first, max);
  for (std::uint32_t i = 1; i < failures && bound < max; ++i) bound = std::min(bound * 2, max);
  const auto half = bound / 2;
  return half + std::chrono::milliseconds(random(static_cast<std::uint64_t>((bound - half).count()) + 1));
}

}  // namespace skerry::events::internal
