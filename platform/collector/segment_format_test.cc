// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/segment_format.h"

#include <gtest/gtest.h>

#include "platform/collector/test_spans.h"

namespace skerry::platform::collector {
namespace {

using fixtures::make_span;

std::string as_bytes(const google::protobuf::Message& message) { return message.SerializeAsString(); }

TEST(SegmentFormat, the_header_says_the_service) {
  const std::string header = encode_segment_header("order");
  const Result<SegmentHeader> decoded = decode_segment_header(header + "what follows");
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->service, "order");
  EXPECT_EQ(decoded->bytes, header.size());
}

TEST(SegmentFormat, a_damaged_or_cut_header_is_data_loss) {
  const std::string header = encode_segment_header("order");
  for (std::size_t i = 0; i < header.size(); ++i) {
    EXPECT_FALSE(decode_segment_header(header.substr(0, i)).has_value()) << "cut at " << i;
    std::string damaged = header;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    const Result<SegmentHeader> decoded = decode_segment_header(damaged);
    ASSERT_FALSE(decoded.has_value()) << "damaged at " << i;
    EXPECT_EQ(decoded.error().code(), Code::kDataLoss);
  }
}

TEST(SegmentFormat, a_record_is_read_back_and_any_damage_is_seen) {
  std::string file;
  append_record(file, "first");
  const std::size_t second = file.size();
  append_record(file, "second");
  EXPECT_EQ(read_record(file), "first");
  EXPECT_EQ(read_record(std::string_view(file).substr(second)), "second");
  EXPECT_EQ(record_bytes(file), second);
  for (std::size_t i = 0; i < second; ++i) {
    EXPECT_FALSE(read_record(std::string_view(file).substr(0, i)).has_value()) << "cut at " << i;
    std::string damaged = file;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    EXPECT_FALSE(read_record(damaged).has_value()) << "damaged at " << i;
  }
  EXPECT_FALSE(read_record(std::string(64, '\0')).has_value()) << "zeros are no record";
}

TEST(SegmentFormat, a_span_comes_back_as_it_was) {
  OtlpSpan span = make_span({.trace = 7,
                             .span = 8,
                             .parent = 9,
                             .name = "GET /users/{id}",
                             .kind = OtlpSpan::SPAN_KIND_CLIENT,
                             .failed = true,
                             .attributes = {{"key", "value"}}});
  span.set_trace_state("a=1");
  span.add_events()->set_name("event");
  const std::optional<SpanKey> key = key_of(span);
  ASSERT_TRUE(key.has_value());
  const std::string payload = encode_span(*key, span);
  const std::optional<OtlpSpan> decoded = decode_span(payload);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(as_bytes(*decoded), as_bytes(span));
}

TEST(SegmentFormat, the_key_of_a_span_needs_no_message) {
  const OtlpSpan span = make_span({.trace = 7, .span = 8, .parent = 9, .name = "op", .start = 5, .duration = 3});
  SpanKey key = *key_of(span);
  key.origin = 4;
  const std::string payload = encode_span(key, span);
  const std::optional<SpanKey> decoded = decode_span_key(payload);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->origin, 4U);
  EXPECT_EQ(decoded->trace_id, fixtures::trace_id(7));
  EXPECT_EQ(decoded->span_id, fixtures::span_id(8));
  EXPECT_EQ(decoded->parent_id, fixtures::span_id(9));
  EXPECT_EQ(decoded->name, "op");
  EXPECT_EQ(decoded->start, 5'000'000U);
  EXPECT_EQ(decoded->duration, 3'000'000U);
  EXPECT_EQ(decoded->flags, OtlpSpan::SPAN_KIND_SERVER);
}

TEST(SegmentFormat, ids_of_a_wrong_length_or_of_zeros_have_no_key) {
  OtlpSpan span = make_span({});
  span.set_trace_id("short");
  EXPECT_FALSE(key_of(span).has_value());
  span = make_span({});
  span.set_span_id(std::string(8, '\0'));
  EXPECT_FALSE(key_of(span).has_value());
  span = make_span({});
  span.set_parent_span_id("odd");
  EXPECT_FALSE(key_of(span).has_value());
  span = make_span({});
  span.set_parent_span_id(std::string(8, '\0'));
  ASSERT_TRUE(key_of(span).has_value()) << "some clients write the missing parent so";
  EXPECT_FALSE(key_of(span)->parent_id.valid());
}

TEST(SegmentFormat, a_span_that_ends_before_it_starts_has_no_length) {
  OtlpSpan span = make_span({});
  span.set_end_time_unix_nano(1);
  EXPECT_EQ(key_of(span)->duration, 0U);
  EXPECT_EQ(decode_span(encode_span(*key_of(span), span))->end_time_unix_nano(), span.start_time_unix_nano());
}

TEST(SegmentFormat, an_origin_keeps_resource_and_scope) {
  const OtlpTraceRequest request = fixtures::make_request("order", {{}});
  const auto& resource_spans = request.resource_spans(0);
  const std::string payload = encode_origin(resource_spans.resource(), resource_spans.scope_spans(0).scope());
  const auto origin = decode_origin(payload, "order");
  ASSERT_NE(origin, nullptr);
  EXPECT_EQ(origin->service, "order");
  EXPECT_EQ(origin->scope.name(), "test");
  EXPECT_EQ(as_bytes(origin->resource), as_bytes(resource_spans.resource()));
  EXPECT_EQ(decode_origin("\x02...", "order"), nullptr);
  EXPECT_FALSE(decode_span_key(payload).has_value());
}

TEST(SegmentFormat, no_cut_of_a_span_payload_is_taken_for_a_key_with_its_name) {
  const OtlpSpan span = make_span({.name = "a rather long name of an operation"});
  const std::string payload = encode_span(*key_of(span), span);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    const auto key = decode_span_key(std::string_view(payload).substr(0, i));
    if (key) EXPECT_EQ(key->name, span.name());
  }
}

}  // namespace
}  // namespace skerry::platform::collector
