// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/trace_id.h"

#include <gtest/gtest.h>

#include <set>

namespace skerry::telemetry {
namespace {

constexpr std::string_view kTraceHex = "4bf92f3577b34da6a3ce929d0e0e4736";

TEST(TraceId, reads_and_writes_hexadecimal) {
  const std::optional<TraceId> id = TraceId::from_hex(kTraceHex);
  ASSERT_TRUE(id.has_value());
  EXPECT_TRUE(id->valid());
  EXPECT_EQ(id->to_hex(), kTraceHex);
  EXPECT_EQ(SpanId::from_hex("00f067aa0ba902b7")->to_hex(), "00f067aa0ba902b7");
}

TEST(TraceId, refuses_zeros_upper_case_and_other_lengths) {
  EXPECT_FALSE(TraceId::from_hex("00000000000000000000000000000000"));
  EXPECT_FALSE(TraceId::from_hex("4BF92F3577B34DA6A3CE929D0E0E4736"));
  EXPECT_FALSE(TraceId::from_hex(kTraceHex.substr(1)));
  EXPECT_FALSE(TraceId::from_hex(std::string(kTraceHex) + "0"));
  EXPECT_FALSE(TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e473g"));
  EXPECT_FALSE(SpanId::from_hex(""));
}

TEST(TraceId, reads_and_gives_raw_bytes) {
  const TraceId id = *TraceId::from_hex(kTraceHex);
  EXPECT_EQ(TraceId::from_bytes(id.bytes()), id);
  EXPECT_FALSE(TraceId::from_bytes("short"));
  EXPECT_FALSE(TraceId::from_bytes(std::string(16, '\0')));
}

TEST(TraceId, generates_valid_ids_that_differ) {
  std::set<TraceId> ids;
  for (int i = 0; i < 1000; ++i) {
    const TraceId id = TraceId::generate();
    EXPECT_TRUE(id.valid());
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1000U);
}

TEST(TraceId, the_default_is_none) {
  EXPECT_FALSE(TraceId().valid());
  EXPECT_FALSE(SpanId().valid());
  EXPECT_EQ(TraceId(), TraceId());
}

}  // namespace
}  // namespace skerry::telemetry
