// SPDX-License-Identifier: Apache-2.0
//
// Integers in files, always little endian.
//
//   append_integer(bytes, std::uint32_t{7});
//   auto seven = take_integer<std::uint32_t>(view);
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace skerry {

template <std::unsigned_integral T>
void append_integer(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

/// Takes the integer off the front. Precondition: its bytes are there.
template <std::unsigned_integral T>
T take_integer(std::string_view& bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  bytes.remove_prefix(sizeof(T));
  return value;
}

}  // namespace skerry
