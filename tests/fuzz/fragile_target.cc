// SPDX-License-Identifier: Apache-2.0
//
// A fuzz target with a bug, for the test of the driver: it aborts on an input that the seed corpus does not contain and
// that is a mutation or two away from it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with("abc") && !text.ends_with("abc")) std::abort();
  return 0;
}
