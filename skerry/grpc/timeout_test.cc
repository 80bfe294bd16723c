// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/timeout.h"

#include <gtest/gtest.h>

namespace skerry::grpc {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(GrpcTimeout, formats_in_the_coarsest_exact_unit) {
  EXPECT_EQ(format_timeout(nanoseconds(1)), "1n");
  EXPECT_EQ(format_timeout(nanoseconds(1500)), "1500n");
  EXPECT_EQ(format_timeout(milliseconds(200)), "200m");
  EXPECT_EQ(format_timeout(seconds(1)), "1S");
  EXPECT_EQ(format_timeout(seconds(90)), "90S");
  EXPECT_EQ(format_timeout(std::chrono::minutes(3)), "3M");
  EXPECT_EQ(format_timeout(hours(24)), "24H");
}

TEST(GrpcTimeout, rounds_up_what_eight_digits_cannot_express) {
  EXPECT_EQ(format_timeout(nanoseconds(99'999'999)), "99999999n");
  EXPECT_EQ(format_timeout(nanoseconds(100'000'001)), "100001u");
  EXPECT_EQ(format_timeout(seconds(1000) + nanoseconds(1)), "1000001m");
  EXPECT_EQ(format_timeout(nanoseconds::max()), "2562048H");
}

TEST(GrpcTimeout, time_that_has_passed_is_zero) {
  EXPECT_EQ(format_timeout(nanoseconds(0)), "0n");
  EXPECT_EQ(format_timeout(seconds(-5)), "0n");
  EXPECT_EQ(format_timeout(nanoseconds::min()), "0n");
}

TEST(GrpcTimeout, parses_every_unit) {
  EXPECT_EQ(parse_timeout("1n"), nanoseconds(1));
  EXPECT_EQ(parse_timeout("2u"), std::chrono::microseconds(2));
  EXPECT_EQ(parse_timeout("3m"), milliseconds(3));
  EXPECT_EQ(parse_timeout("4S"), seconds(4));
  EXPECT_EQ(parse_timeout("5M"), std::chrono::minutes(5));
  EXPECT_EQ(parse_timeout("6H"), hours(6));
  EXPECT_EQ(parse_timeout("0n"), nanoseconds(0));
  EXPECT_EQ(parse_timeout("00000001S"), seconds(1));
}

TEST(GrpcTimeout, value_beyond_the_range_of_nanoseconds_is_the_largest) {
  EXPECT_EQ(parse_timeout("99999999H"), nanoseconds::max());
  EXPECT_EQ(parse_timeout("2562047H"), hours(2562047));
  EXPECT_EQ(parse_timeout("2562048H"), nanoseconds::max());
}

TEST(GrpcTimeout, refuses_other_forms) {
  for (const auto* text : {"", "S", "1", "1s", "1h", "-1S", "+1S", " 1S", "1S ", "1.5S", "123456789n", "1SS", "0x1n"}) {
    EXPECT_EQ(parse_timeout(text), std::nullopt) << text;
  }
}

TEST(GrpcTimeout, parse_of_format_is_never_shorter_and_at_most_a_unit_longer) {
  for (std::int64_t count = 1; count > 0 && count < INT64_MAX / 7; count = count * 7 + 3) {
    const auto parsed = parse_timeout(format_timeout(nanoseconds(count)));
    ASSERT_TRUE(parsed.has_value());
    EXPECT_GE(parsed->count(), count);
    EXPECT_LE(static_cast<double>(parsed->count() - count), static_cast<double>(count) * 0.001 + 1);
  }
}

}  // namespace
}  // namespace skerry::grpc
