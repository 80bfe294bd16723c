// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/trace_id.h"

#include <algorithm>

#include "skerry/base/ids.h"

namespace skerry::telemetry::internal {
namespace {

// Upper case is refused: W3C Trace Context section 3.2.2 allows lower-case digits alone.
int lower_hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

bool read_lower_hex(std::string_view text, std::uint8_t* bytes, std::size_t count) {
  if (text.size() != 2 * count) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const int high = lower_hex_value(text[2 * i]);
    const int low = lower_hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

void write_lower_hex(const std::uint8_t* bytes, std::size_t count, char* text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < count; ++i) {
    text[2 * i] = kDigits[bytes[i] >> 4];
    text[2 * i + 1] = kDigits[bytes[i] & 15];
  }
}

void fill_with_random(std::uint8_t* bytes, std::size_t count) {
  for (std::size_t done = 0; done < count;) {
    const std::uint64_t bits = random_u64();
    const std::size_t part = std::min(count - done, sizeof bits);
    std::memcpy(bytes + done, &bits, part);
    done += part;
  }
}

}  // namespace skerry::telemetry::internal
