// SPDX-License-Identifier: Apache-2.0
#include "skerry/etcd/backoff.h"

#include <gtest/gtest.h>

namespace skerry {
namespace {

using etcd::Backoff;
using namespace std::chrono_literals;

TEST(Backoff, doubles_up_to_the_maximum_and_starts_anew_after_a_success) {
  Backoff backoff({.first = 20ms, .max = 100ms}, [](std::uint64_t bound) { return bound - 1; });
  for (const auto expected : {20ms, 40ms, 80ms, 100ms, 100ms}) EXPECT_EQ(backoff.next(), expected);
  backoff.reset();
  EXPECT_EQ(backoff.next(), 20ms);
}

TEST(Backoff, never_waits_less_than_half) {
  Backoff backoff({.first = 20ms, .max = 100ms}, [](std::uint64_t) { return 0; });
  for (const auto expected : {10ms, 20ms, 40ms, 50ms, 50ms}) EXPECT_EQ(backoff.next(), expected);
}

TEST(Backoff, waits_of_several_clients_differ) {
  Backoff a({.first = 1'000ms, .max = 1'000ms});
  Backoff b({.first = 1'000ms, .max = 1'000ms});
  bool differed = false;
  for (int i = 0; i < 20; ++i) differed = differed || a.next() != b.next();
  EXPECT_TRUE(differed);
}

}  // namespace
}  // namespace skerry
