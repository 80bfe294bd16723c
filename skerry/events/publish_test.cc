// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/publish.h"

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include "skerry/events/flow.h"

namespace skerry::events {
namespace {

using google::protobuf::StringValue;

StringValue message(const std::string& text) {
  StringValue value;
  value.set_value(text);
  return value;
}

TEST(MakeEvent, fills_in_what_the_options_leave_out) {
  const auto before = std::chrono::system_clock::now() - std::chrono::milliseconds(1);
  const auto made = make_event(message("hello"), "order", "o-1");
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_EQ(made->topic, "google.protobuf.StringValue");
  EXPECT_EQ(made->key, "o-1");
  const CloudEvent& event = made->event;
  EXPECT_EQ(event.type, "google.protobuf.StringValue");
  EXPECT_EQ(event.source, "order");
  EXPECT_EQ(event.subject, "o-1");
  EXPECT_EQ(event.id.size(), 32u);
  EXPECT_EQ(event.correlation_id, event.id);
  EXPECT_EQ(event.causation_id, "");
  EXPECT_EQ(event.sequence, std::nullopt);
  EXPECT_GE(*event.time, before);
  EXPECT_LE(*event.time, std::chrono::system_clock::now());
  StringValue read;
  ASSERT_TRUE(read.ParseFromString(event.data));
  EXPECT_EQ(read.value(), "hello");
}

TEST(MakeEvent, takes_what_the_options_say) {
  const auto time = parse_time("2026-01-01T00:00:00Z");
  const auto made = make_event(message("x"), "order", "o-1",
                               {.topic = "shop.orders",
                                .id = "fixed",
                                .subject = "s",
                                .sequence = 5,
                                .time = time,
                                .correlation_id = "flow",
                                .causation_id = "cause"});
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->topic, "shop.orders");
  const CloudEvent expected{.id = "fixed",
                            .source = "order",
                            .type = "google.protobuf.StringValue",
                            .time = time,
                            .subject = "s",
                            .sequence = 5,
                            .correlation_id = "flow",
                            .causation_id = "cause",
                            .data = message("x").SerializeAsString()};
  EXPECT_EQ(made->event, expected);
}

TEST(MakeEvent, gives_every_event_an_id_of_its_own) {
  EXPECT_NE(make_event(message("x"), "order", "k")->event.id, make_event(message("x"), "order", "k")->event.id);
}

TEST(MakeEvent, makes_what_is_published_while_an_event_is_handled_its_effect) {
  const CloudEvent cause{.id = "cause", .source = "order", .type = "t", .correlation_id = "flow"};
  {
    internal::FlowGuard handling(cause);
    const auto made = make_event(message("x"), "payment", "k");
    EXPECT_EQ(made->event.correlation_id, "flow");
    EXPECT_EQ(made->event.causation_id, "cause");
  }
  EXPECT_EQ(make_event(message("x"), "payment", "k")->event.causation_id, "");
}

TEST(MakeEvent, takes_an_event_without_a_flow_as_the_first_of_one) {
  internal::FlowGuard handling(CloudEvent{.id = "cause", .source = "order", .type = "t"});
  const auto made = make_event(message("x"), "payment", "k");
  EXPECT_EQ(made->event.correlation_id, "cause");
  EXPECT_EQ(made->event.causation_id, "cause");
}

TEST(MakeEvent, does_not_fail_for_baggage_that_a_caller_sent) {
  const telemetry::BaggageGuard baggage(
      telemetry::Baggage().with("correlationid", "a\nb").with("causationid", std::string(kMaxAttributeBytes + 1, 'x')));
  const auto made = make_event(message("x"), "payment", "k");
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->event.correlation_id, made->event.id);
  EXPECT_EQ(made->event.causation_id, "");
}

TEST(MakeEvent, refuses_a_topic_that_kafka_does_not_take) {
  for (const std::string& topic : {std::string("a b"), std::string("a/b"), std::string("."), std::string(".."),
                                   std::string("\xc3\xbc"), std::string(250, 'a')}) {
    const auto made = make_event(message("x"), "order", "k", {.topic = topic});
    ASSERT_FALSE(made.has_value()) << topic;
    EXPECT_EQ(made.error().code(), Code::kInvalidArgument);
  }
}

TEST(MakeEvent, refuses_attributes_that_could_not_be_read_again) {
  EXPECT_EQ(make_event(message("x"), "", "k").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(make_event(message("x"), "order", "a\nb").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(make_event(message("x"), "order", "k", {.sequence = 0}).error().code(), Code::kInvalidArgument);
}

TEST(MakeEvent, refuses_an_event_that_is_larger_than_kafka_takes) {
  const auto small = make_event(message(std::string(kMaxEventBytes - 1024, 'x')), "order", "k");
  EXPECT_TRUE(small.has_value());
  const auto large = make_event(message(std::string(kMaxEventBytes, 'x')), "order", "k");
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code(), Code::kResourceExhausted);
}

TEST(ToRecord, carries_the_event_in_headers_key_and_value) {
  const auto made = make_event(message("x"), "order", "o-1", {.topic = "shop.orders"});
  const kafka::Record record = internal::to_record(*made);
  EXPECT_EQ(record.topic, "shop.orders");
  EXPECT_EQ(record.key, "o-1");
  EXPECT_EQ(record.partition, std::nullopt);
  EXPECT_EQ(*decode_event(record.headers, *record.value), made->event);
}

TEST(ToRecord, has_no_key_where_none_was_given) {
  EXPECT_EQ(internal::to_record(*make_event(message("x"), "order", "")).key, std::nullopt);
}

}  // namespace
}  // namespace skerry::events
