// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/span_context.h"

#include <gtest/gtest.h>

namespace skerry::telemetry {
namespace {

constexpr std::string_view kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::string_view kSpan = "00f067aa0ba902b7";
constexpr std::string_view kHeader = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

// Level 1 section 3.2: the header's fields.
TEST(Traceparent, reads_ids_and_the_sampled_flag) {
  const std::optional<SpanContext> context = parse_traceparent(kHeader);
  ASSERT_TRUE(context.has_value());
  EXPECT_EQ(context->trace_id.to_hex(), kTrace);
  EXPECT_EQ(context->span_id.to_hex(), kSpan);
  EXPECT_TRUE(context->sampled());
  EXPECT_TRUE(context->remote);
  EXPECT_FALSE(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")->sampled());
}

TEST(Traceparent, writes_what_it_reads) {
  EXPECT_EQ(format_traceparent(*parse_traceparent(kHeader)), kHeader);
  char buffer[kTraceparentBytes];
  EXPECT_EQ(write_traceparent(*parse_traceparent(kHeader), buffer), kHeader);
}

TEST(Traceparent, ignores_blanks_around_the_header) {
  EXPECT_TRUE(parse_traceparent(" \t" + std::string(kHeader) + " ").has_value());
}

TEST(Traceparent, refuses_what_the_grammar_does_not_allow) {
  const char* const broken[] = {
      "",
      "00",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",         // no flags
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",       // short flags
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",      // upper case
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",      // upper case
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A",      // upper case
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",      // no trace id
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",      // no span id
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",      // other separators
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",      //
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",      //
      "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7a-01",      // shifted fields
      "0g-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",      // no version
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",      // forbidden version
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",     // version 00 ends at the flags
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more"  //
  };
  for (const char* header : broken) EXPECT_FALSE(parse_traceparent(header).has_value()) << header;
}

// Section 3.2.4: of a higher version the fields of version 00 are read, if a dash or the end follows them.
TEST(Traceparent, reads_the_known_fields_of_a_later_version) {
  EXPECT_TRUE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").has_value());
  EXPECT_TRUE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-next").has_value());
  EXPECT_FALSE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what").has_value());
  EXPECT_FALSE(parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-012").has_value());
  const auto context = parse_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x");
  EXPECT_EQ(format_traceparent(*context), kHeader) << "it is written in the version that is understood here";
}

TEST(Traceparent, keeps_the_random_flag_of_level_2_and_drops_unknown_flags) {
  EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03")->flags.bits, 0x03);
  EXPECT_EQ(parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-ff")->flags.bits, 0x03);
}

TEST(TraceState, keeps_members_in_their_order_without_blanks_and_empty_members) {
  const std::optional<TraceState> state = TraceState::parse(" congo=t61rcWkgMzE ,\t, rojo=00f067aa0ba902b7,,");
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->header(), "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
  EXPECT_EQ(state->find("rojo"), "00f067aa0ba902b7");
  EXPECT_EQ(state->find("congo"), "t61rcWkgMzE");
  EXPECT_FALSE(state->find("blue").has_value());
}

TEST(TraceState, allows_the_whole_range_of_keys_and_values) {
  EXPECT_TRUE(TraceState::parse("foo@bar=1,0tenant@sys=2,a-b_c*d/e=3").has_value());
  EXPECT_TRUE(TraceState::parse("foo= blanks inside are fine!\"#$%&'()*+-./:;<>?@[]^_`{|}~").has_value());
  EXPECT_TRUE(TraceState::parse(std::string(256, 'k') + "=" + std::string(256, 'v')).has_value());
}

TEST(TraceState, is_dropped_as_a_whole_when_a_member_is_broken) {
  for (const char* header : {"foo", "=1", "Foo=1", "@foo=1", "foo=1=2", "foo=", "foo= ", "foo=\x01", "foo=b\xC3\xA4r",
                             "a=1,foo bar=2", "foo=1,foo=2", "foo =1"}) {
    EXPECT_FALSE(TraceState::parse(header).has_value()) << header;
  }
  EXPECT_FALSE(TraceState::parse(std::string(257, 'k') + "=1").has_value());
  EXPECT_FALSE(TraceState::parse("k=" + std::string(257, 'v')).has_value());
}

TEST(TraceState, has_at_most_32_members) {
  std::string header;
  for (int i = 0; i < 32; ++i) header += "k" + std::to_string(i) + "=v,";
  EXPECT_TRUE(TraceState::parse(header).has_value());
  EXPECT_FALSE(TraceState::parse(header + "last=v").has_value());
}

TEST(TraceState, is_dropped_when_it_is_longer_than_the_limit) {
  std::string header;
  for (int i = 0; i < 32; ++i) header += "key" + std::to_string(i) + "=" + std::string(256, 'v') + ",";
  ASSERT_GT(header.size(), kMaxTraceStateBytes);
  EXPECT_FALSE(TraceState::parse(header).has_value());
}

TEST(TraceHeaders, a_broken_tracestate_does_not_affect_the_ids) {
  const std::optional<SpanContext> context = parse_trace_headers(kHeader, "no equals sign");
  ASSERT_TRUE(context.has_value());
  EXPECT_TRUE(context->state.empty());
  EXPECT_EQ(parse_trace_headers(kHeader, "a=1")->state.header(), "a=1");
}

TEST(TraceHeaders, without_a_traceparent_there_is_no_context) {
  EXPECT_FALSE(parse_trace_headers("", "a=1").has_value());
}

}  // namespace
}  // namespace skerry::telemetry
