// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace skerry::internal {

void check_failed(const char* condition, const char* file, int line, const char* message) {
  std::fprintf(stderr, "%s:%d: check failed: %s: %s\n", file, line, condition, message);
  std::abort();
}

}  // namespace skerry::internal
