// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/timeout.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace skerry::grpc {
namespace {

using std::chrono::nanoseconds;

struct Unit {
  char letter;
  std::int64_t nanoseconds_each;
};

constexpr std::array<Unit, 6> kUnitsFinestFirst{
    {{'n', 1}, {'u', 1'000}, {'m', 1'000'000}, {'S', 1'000'000'000}, {'M', 60'000'000'000}, {'H', 3'600'000'000'000}}};
constexpr std::int64_t kLargestValue = 99'999'999;
constexpr std::size_t kMostDigits = 8;

}  // namespace

std::string format_timeout(nanoseconds timeout) {
  const std::int64_t count = timeout.count();
  if (count <= 0) return "0n";
  // The coarsest unit without a remainder is the shortest exact text.
  for (auto unit = kUnitsFinestFirst.rbegin(); unit != kUnitsFinestFirst.rend(); ++unit) {
    const std::int64_t value = count / unit->nanoseconds_each;
    if (count % unit->nanoseconds_each == 0 && value <= kLargestValue) return fmt::format("{}{}", value, unit->letter);
  }
  // Rounded up: a peer that gives up a little late does no harm, one that gives up early fails a call that had time.
  for (const Unit& unit : kUnitsFinestFirst) {
    const std::int64_t value = count / unit.nanoseconds_each + (count % unit.nanoseconds_each != 0 ? 1 : 0);
    if (value <= kLargestValue) return fmt::format("{}{}", value, unit.letter);
  }
  return fmt::format("{}H", kLargestValue);  // not reached: 2^63 ns are 2,562,048 hours
}

std::optional<nanoseconds> parse_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kMostDigits + 1) return std::nullopt;
  std::int64_t value = 0;
  for (const char digit : text.substr(0, text.size() - 1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    value = value * 10 + (digit - '0');
  }
  for (const Unit& unit : kUnitsFinestFirst) {
    if (unit.letter != text.back()) continue;
    if (value > nanoseconds::max().count() / unit.nanoseconds_each) return nanoseconds::max();
    return nanoseconds(value * unit.nanoseconds_each);
  }
  return std::nullopt;
}

}  // namespace skerry::grpc
