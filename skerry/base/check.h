// SPDX-License-Identifier: Apache-2.0
//
// SKERRY_CHECK: what must never happen, checked in release builds too. A failure writes the condition, the place and
// the message to standard error and aborts. For bugs alone: input from outside never trips one, it gets an Error.
#pragma once

namespace skerry::internal {
[[noreturn]] void check_failed(const char* condition, const char* file, int line, const char* message);
}  // namespace skerry::internal

#define SKERRY_CHECK(condition, message)                                         \
  do {                                                                           \
    if (!(condition)) [[unlikely]]                                               \
      ::skerry::internal::check_failed(#condition, __FILE__, __LINE__, message); \
  } while (false)
