// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/cloud_event.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace skerry::events {
namespace {

using Headers = std::vector<kafka::Header>;

CloudEvent full_event() {
  CloudEvent event{.id = "e-1",
                   .source = "order",
                   .type = "shop.OrderAccepted",
                   .time = parse_time("2026-01-02T03:04:05.678901Z"),
                   .subject = "o-17",
                   .sequence = 3,
                   .correlation_id = "e-0",
                   .causation_id = "e-0b",
                   .data = std::string("\x08\x01\x00", 3)};
  event.trace =
      *telemetry::parse_trace_headers("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "vendor=value");
  return event;
}

Headers minimal_headers() {
  return {{"ce_specversion", "1.0"},
          {"ce_id", "e-1"},
          {"ce_source", "order"},
          {"ce_type", "shop.OrderAccepted"},
          {"content-type", "application/protobuf"}};
}

/// minimal_headers with one of them set, or added.
Headers with(const std::string& name, const std::string& value) {
  Headers headers = minimal_headers();
  const auto known = std::ranges::find(headers, name, &kafka::Header::name);
  if (known == headers.end()) {
    headers.push_back({name, value});
  } else {
    known->value = value;
  }
  return headers;
}

std::string error_of(const Headers& headers) {
  const auto event = decode_event(headers, "");
  if (event) return "";
  EXPECT_EQ(event.error().code(), Code::kInvalidArgument);
  return event.error().message();
}

TEST(CloudEvent, is_read_as_it_was_written) {
  const CloudEvent event = full_event();
  const auto read = decode_event(encode_headers(event), event.data);
  ASSERT_TRUE(read.has_value()) << read.error().to_string();
  EXPECT_EQ(*read, event);
}

TEST(CloudEvent, is_written_in_the_binary_mode_of_the_kafka_binding) {
  const Headers expected = {{"ce_specversion", "1.0"},
                            {"ce_id", "e-1"},
                            {"ce_source", "order"},
                            {"ce_type", "shop.OrderAccepted"},
                            {"ce_time", "2026-01-02T03:04:05.678901Z"},
                            {"ce_subject", "o-17"},
                            {"ce_sequence", "3"},
                            {"ce_correlationid", "e-0"},
                            {"ce_causationid", "e-0b"},
                            {"content-type", "application/protobuf"},
                            {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                            {"tracestate", "vendor=value"}};
  EXPECT_EQ(encode_headers(full_event()), expected);
}

TEST(CloudEvent, needs_no_more_than_the_required_attributes) {
  const auto event = decode_event(minimal_headers(), "data");
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(*event, (CloudEvent{.id = "e-1", .source = "order", .type = "shop.OrderAccepted", .data = "data"}));
  EXPECT_EQ(encode_headers(*event), minimal_headers());
}

TEST(CloudEvent, reads_extensions_without_the_prefix_and_leaves_unknown_headers_alone) {
  Headers headers = with("sequence", "7");
  headers.push_back({"correlationid", "c"});
  headers.push_back({"ce_tenant", "blue"});
  headers.push_back({"ce_tenant", "green"});
  const auto event = decode_event(headers, "");
  ASSERT_TRUE(event.has_value()) << event.error().to_string();
  EXPECT_EQ(event->sequence, 7);
  EXPECT_EQ(event->correlation_id, "c");
}

TEST(CloudEvent, is_refused_when_a_required_header_is_missing_and_says_which) {
  for (const kafka::Header& required : minimal_headers()) {
    Headers headers = minimal_headers();
    std::erase(headers, required);
    EXPECT_NE(error_of(headers).find(required.name), std::string::npos) << required.name;
  }
}

TEST(CloudEvent, is_refused_when_a_header_is_there_twice) {
  Headers headers = minimal_headers();
  headers.push_back({"ce_id", "e-2"});
  EXPECT_EQ(error_of(headers), "the header ce_id is there twice");
  headers = with("ce_sequence", "1");
  headers.push_back({"sequence", "1"});
  EXPECT_NE(error_of(headers), "");
}

TEST(CloudEvent, is_refused_in_another_version_or_content_type) {
  EXPECT_NE(error_of(with("ce_specversion", "0.3")), "");
  EXPECT_NE(error_of(with("content-type", "application/cloudevents+json")), "");
  EXPECT_NE(error_of(with("content-type", "")), "");
}

TEST(CloudEvent, is_refused_with_a_sequence_that_is_no_positive_number) {
  for (const char* sequence : {"", "0", "-1", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808"}) {
    EXPECT_EQ(error_of(with("ce_sequence", sequence)), "ce_sequence is no positive number") << sequence;
  }
  EXPECT_EQ(error_of(with("ce_sequence", "9223372036854775807")), "");
}

TEST(CloudEvent, is_refused_with_text_that_is_no_attribute) {
  const std::string too_long(kMaxAttributeBytes + 1, 'x');
  for (const std::string& value : {std::string("a\nb"), std::string("a\x7f"), std::string("a\xc2\x85"),
                                   std::string("\xff"), std::string("\xc3"), std::string("a\0b", 3), too_long}) {
    for (const char* name : {"ce_id", "ce_source", "ce_type", "ce_subject", "ce_correlationid", "ce_causationid"}) {
      EXPECT_NE(error_of(with(name, value)).find(name), std::string::npos) << name;
    }
  }
  EXPECT_EQ(error_of(with("ce_subject", std::string(kMaxAttributeBytes, 'x'))), "");
  EXPECT_EQ(error_of(with("ce_subject", "gr\xc3\xbc\xc3\x9f dich")), "");
}

TEST(CloudEvent, goes_without_a_trace_when_the_traceparent_is_broken) {
  Headers headers = with("traceparent", "00-zz");
  headers.push_back({"tracestate", "a=b"});
  const auto event = decode_event(headers, "");
  ASSERT_TRUE(event.has_value());
  EXPECT_FALSE(event->trace.valid());
}

TEST(CloudEvent, is_checked_before_it_is_written) {
  CloudEvent event = full_event();
  event.sequence = 0;
  EXPECT_FALSE(check(event).has_value());
  event = full_event();
  event.type.clear();
  EXPECT_FALSE(check(event).has_value());
  event = full_event();
  event.subject = "a\tb";
  EXPECT_FALSE(check(event).has_value());
  EXPECT_TRUE(check(full_event()).has_value());
}

TEST(EventTime, is_written_with_as_many_digits_as_are_needed) {
  for (const char* text : {"1970-01-01T00:00:00Z", "2026-02-28T23:59:59.5Z", "2026-01-02T03:04:05.678901234Z",
                           "2024-02-29T00:00:00.000000001Z"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time.has_value()) << text;
    EXPECT_EQ(format_time(*time), text);
  }
}

TEST(EventTime, is_read_with_any_offset_and_any_number_of_digits) {
  const auto utc = parse_time("2026-01-01T00:30:00Z");
  EXPECT_EQ(parse_time("2026-01-01T02:30:00+02:00"), utc);
  EXPECT_EQ(parse_time("2025-12-31T19:00:00-05:30"), utc);
  EXPECT_EQ(parse_time("2026-01-01t00:30:00.000z"), utc);
  EXPECT_EQ(parse_time("2026-01-01T00:30:00.00000000099999Z"), utc);
}

TEST(EventTime, is_refused_when_it_breaks_the_grammar_or_the_calendar) {
  for (const char* text :
       {"", "2026-01-01", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z",
        "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100", "1969-12-31T23:59:59Z",
        "2262-01-01T00:00:00Z", "2026-01-01T00:00:00Zx", "26-01-01T00:00:00Z", "1970-01-01T00:00:00+01:00"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace skerry::events
