// SPDX-License-Identifier: Apache-2.0
#include "skerry/base/ids.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace skerry {
namespace {

bool ids_test_is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::uint64_t ids_test_milliseconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

TEST(Ids, random_ids_are_32_lower_case_hexadecimal_digits_and_differ) {
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = random_id();
    EXPECT_EQ(id.size(), 32U);
    EXPECT_TRUE(ids_test_is_lower_hex(id)) << id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Ids, two_threads_draw_different_ids) {
  std::array<std::vector<std::string>, 2> drawn;
  {
    std::array<std::jthread, 2> threads;
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads[i] = std::jthread([&drawn, i] {
        for (int j = 0; j < 1'000; ++j) drawn[i].push_back(random_id());
      });
    }
  }
  std::set<std::string> all(drawn[0].begin(), drawn[0].end());
  all.insert(drawn[1].begin(), drawn[1].end());
  EXPECT_EQ(all.size(), 2'000U);
}

TEST(Ids, time_ordered_ids_begin_with_the_milliseconds_since_1970) {
  const std::uint64_t before = ids_test_milliseconds_now();
  const std::string id = time_ordered_id();
  const std::uint64_t after = ids_test_milliseconds_now();
  ASSERT_EQ(id.size(), 32U);
  EXPECT_TRUE(ids_test_is_lower_hex(id)) << id;
  const std::uint64_t stamp = std::stoull(id.substr(0, 12), nullptr, 16);
  EXPECT_GE(stamp, before);
  EXPECT_LE(stamp, after);
}

TEST(Ids, time_ordered_ids_of_a_later_millisecond_sort_later) {
  const std::string first = time_ordered_id();
  const std::uint64_t start = ids_test_milliseconds_now();
  while (ids_test_milliseconds_now() <= start) {
  }
  EXPECT_LT(first, time_ordered_id());
}

TEST(Random, a_bounded_number_stays_below_its_bound_and_reaches_every_value) {
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(random_below(counts.size()));
  // Binomial with a mean of 10,000 and a deviation below 93: 8 of them are out of reach of chance.
  for (const int count : counts) {
    EXPECT_GT(count, 10'000 - 8 * 93);
    EXPECT_LT(count, 10'000 + 8 * 93);
  }
  EXPECT_EQ(random_below(1), 0U);
}

TEST(Random, every_bit_is_set_about_half_of_the_time) {
  std::array<int, 64> counts{};
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t word = random_u64();
    for (std::size_t bit = 0; bit < 64; ++bit) counts[bit] += static_cast<int>((word >> bit) & 1);
  }
  for (const int count : counts) {
    EXPECT_GT(count, 4'600);
    EXPECT_LT(count, 5'400);
  }
}

}  // namespace
}  // namespace skerry
