// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/event_span.h"

#include <gtest/gtest.h>

#include "platform/collector/test_events.h"

namespace skerry::platform::collector {
namespace {

using fixtures::make_span;
using fixtures::process_span;
using fixtures::publish_span;
using fixtures::SpanSpec;

TEST(EventSpan, a_producer_span_says_what_was_published) {
  const auto span = event_span_of(make_span(publish_span({}, {.id = "e1", .cause = "e0"})));
  ASSERT_TRUE(span.has_value());
  EXPECT_EQ(span->role, EventSpan::Role::kPublished);
  EXPECT_EQ(span->event, (EventKey{.source = "/order", .id = "e1"}));
  EXPECT_EQ(span->type, "shop.e1");
  EXPECT_EQ(span->topic, "orders");
  EXPECT_EQ(span->key, "order-7");
  EXPECT_EQ(span->correlation_id, "flow-1");
  EXPECT_EQ(span->causation_id, "e0");
  EXPECT_EQ(span->group, "");
  EXPECT_EQ(span->attempt, 0U);
}

TEST(EventSpan, a_consumer_span_says_who_handled_it_for_which_time) {
  const auto span =
      event_span_of(make_span(process_span({}, {.id = "e1", .group = "points", .attempt = 3, .outcome = "stale"})));
  ASSERT_TRUE(span.has_value());
  EXPECT_EQ(span->role, EventSpan::Role::kHandled);
  EXPECT_EQ(span->group, "points");
  EXPECT_EQ(span->attempt, 3U);
  EXPECT_EQ(span->outcome, "stale");
}

TEST(EventSpan, an_attempt_that_is_no_count_is_none) {
  for (const std::int64_t attempt :
       {std::int64_t{-1}, std::int64_t{1} << 32, std::numeric_limits<std::int64_t>::max()}) {
    const auto span = event_span_of(make_span(process_span({}, {.id = "e1", .attempt = attempt})));
    EXPECT_EQ(span->attempt, 0U) << attempt;
  }
  SpanSpec text = process_span({}, {.id = "e1"});
  text.attributes.emplace_back("skerry.event.attempt", "two");
  EXPECT_EQ(event_span_of(make_span(text))->attempt, 0U);
}

TEST(EventSpan, the_names_of_the_conventions_are_enough) {
  const auto span = event_span_of(
      make_span({.kind = OtlpSpan::SPAN_KIND_PRODUCER,
                 .attributes = {{"messaging.message.id", "m1"}, {"cloudevents.event_causationid", "m0"}}}));
  ASSERT_TRUE(span.has_value());
  EXPECT_EQ(span->event, (EventKey{.source = "", .id = "m1"}));
  EXPECT_EQ(span->causation_id, "m0");
}

TEST(EventSpan, spans_of_anything_else_are_none) {
  EXPECT_FALSE(event_span_of(make_span({.kind = OtlpSpan::SPAN_KIND_PRODUCER})).has_value());
  EXPECT_FALSE(event_span_of(make_span({.attributes = {{"messaging.message.id", "m1"}}})).has_value());
  // A consumer that only received it.
  SpanSpec received = fixtures::event_span({.kind = OtlpSpan::SPAN_KIND_CONSUMER}, {.id = "e1"});
  EXPECT_FALSE(event_span_of(make_span(received)).has_value());
  received.attributes.emplace_back("messaging.operation.type", "receive");
  EXPECT_FALSE(event_span_of(make_span(received)).has_value());
}

}  // namespace
}  // namespace skerry::platform::collector
