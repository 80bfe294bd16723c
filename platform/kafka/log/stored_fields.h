// SPDX-License-Identifier: Apache-2.0
//
// Signed numbers and times in the log's files, on the integers of skerry/base/byte_order.h.
//
//   append_signed(bytes, offset);
//   Timestamp time = take_time(view);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/kafka/log/types.h"
#include "skerry/base/byte_order.h"

namespace skerry::platform::kafka::log {

inline void append_signed(std::string& out, std::int64_t value) {
  append_integer(out, static_cast<std::uint64_t>(value));
}
inline void append_time(std::string& out, Timestamp time) { append_signed(out, to_milliseconds(time)); }

/// Precondition: its eight bytes are there; so for take_time.
inline std::int64_t take_signed(std::string_view& bytes) {
  return static_cast<std::int64_t>(take_integer<std::uint64_t>(bytes));
}
inline Timestamp take_time(std::string_view& bytes) { return from_milliseconds(take_signed(bytes)); }

}  // namespace skerry::platform::kafka::log
