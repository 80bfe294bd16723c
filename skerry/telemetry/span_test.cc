// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/span.h"

#include <gtest/gtest.h>

#include "skerry/telemetry/telemetry.h"

namespace skerry::telemetry {
namespace {

TelemetryOptions quiet_options(std::uint32_t new_traces_per_second = kDefaultNewTracesPerSecond) {
  TelemetryOptions options;
  options.service = "test";
  options.new_traces_per_second = new_traces_per_second;
  options.log.target = LogTarget::kNone;
  return options;
}

class SpanTest : public testing::Test {
 protected:
  std::vector<std::unique_ptr<SpanData>> finished() { return telemetry_.spans().drain(1000); }
  static SpanContext remote_parent(bool sampled) {
    SpanContext parent{.trace_id = TraceId::generate(), .span_id = SpanId::generate(), .remote = true};
    parent.flags.bits = sampled ? TraceFlags::kSampled : 0;
    parent.state = *TraceState::parse("vendor=1");
    return parent;
  }

  Telemetry telemetry_{quiet_options()};
  AttachTelemetry attached_{telemetry_};
  bool opened_ = (telemetry_.spans().open(), true);
};

std::optional<AttributeValue> attribute_of(const SpanData& span, std::string_view key) {
  for (const Attribute& attribute : span.attributes) {
    if (attribute.key == key) return attribute.value;
  }
  return std::nullopt;
}

TEST_F(SpanTest, records_name_kind_times_and_attributes) {
  const WallTime before = std::chrono::system_clock::now();
  {
    Span span = Span::start("charge card", {.kind = SpanKind::kClient});
    EXPECT_TRUE(span.recording());
    span.set("amount_cents", 990);
    span.set("currency", "EUR");
    span.set("currency", "CHF");
    span.add_event("retry", {{"attempt", 2}});
  }
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 1U);
  const SpanData& span = *spans[0];
  EXPECT_EQ(span.name, "charge card");
  EXPECT_EQ(span.kind, SpanKind::kClient);
  EXPECT_FALSE(span.parent_id.valid());
  EXPECT_TRUE(span.context.sampled());
  EXPECT_GE(span.start, before - std::chrono::milliseconds(1));
  EXPECT_GE(span.end, span.start);
  EXPECT_EQ(span.attributes.size(), 2U);
  EXPECT_EQ(attribute_of(span, "amount_cents"), AttributeValue(std::int64_t{990}));
  EXPECT_EQ(attribute_of(span, "currency"), AttributeValue(std::string("CHF")));
  ASSERT_EQ(span.events.size(), 1U);
  EXPECT_EQ(span.events[0].name, "retry");
  EXPECT_EQ(span.status.code, SpanStatusCode::kUnset);
}

TEST_F(SpanTest, the_current_span_is_the_parent) {
  EXPECT_FALSE(current_span().valid());
  {
    Span outer = Span::start("outer");
    EXPECT_EQ(current_span(), outer.context());
    {
      Span inner = Span::start("inner");
      EXPECT_EQ(current_span(), inner.context());
      EXPECT_EQ(inner.context().trace_id, outer.context().trace_id);
    }
    EXPECT_EQ(current_span(), outer.context());
  }
  EXPECT_FALSE(current_span().valid());
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0]->name, "inner");
  EXPECT_EQ(spans[0]->parent_id, spans[1]->context.span_id);
  EXPECT_FALSE(spans[0]->parent_remote);
}

TEST_F(SpanTest, a_remote_parent_goes_before_the_current_span) {
  const SpanContext parent = remote_parent(true);
  {
    Span outer = Span::start("outer");
    Span server = Span::start("server", {.kind = SpanKind::kServer, .parent = parent});
    EXPECT_EQ(server.context().trace_id, parent.trace_id);
    EXPECT_EQ(server.context().state, parent.state);
    EXPECT_FALSE(server.context().remote);
  }
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0]->parent_id, parent.span_id);
  EXPECT_TRUE(spans[0]->parent_remote);
}

TEST_F(SpanTest, a_new_trace_can_be_begun_inside_a_span_with_a_link_to_it) {
  Span outer = Span::start("batch");
  {
    Span inner = Span::start("event", {.new_trace = true, .links = {outer.context()}});
    EXPECT_NE(inner.context().trace_id, outer.context().trace_id);
  }
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_FALSE(spans[0]->parent_id.valid());
  ASSERT_EQ(spans[0]->links.size(), 1U);
  EXPECT_EQ(spans[0]->links[0].span_id, outer.context().span_id);
}

TEST_F(SpanTest, an_unsampled_span_carries_its_ids_and_exports_nothing) {
  const SpanContext parent = remote_parent(false);
  {
    Span span = Span::start("server", {.parent = parent});
    EXPECT_TRUE(span.context().valid());
    EXPECT_NE(span.context().span_id, parent.span_id);
    EXPECT_FALSE(span.context().sampled());
    EXPECT_FALSE(span.recording());
    span.set("key", "value");
    Span child = Span::start("child");
    EXPECT_EQ(child.context().trace_id, parent.trace_id);
    EXPECT_FALSE(child.context().sampled());
  }
  EXPECT_TRUE(finished().empty());
}

TEST_F(SpanTest, an_unsampled_span_that_fails_is_exported) {
  const SpanContext parent = remote_parent(false);
  {
    Span span = Span::start("server", {.parent = parent});
    span.set("before", 1);
    Span fine = Span::start("child that succeeds");
    fine.end();
    span.fail(Error::not_found("no user {}", "u9"));
    span.set("http.route", "/users/{id}");
  }
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 1U);
  const SpanData& span = *spans[0];
  EXPECT_EQ(span.name, "server");
  EXPECT_EQ(span.context.trace_id, parent.trace_id);
  EXPECT_EQ(span.parent_id, parent.span_id);
  EXPECT_EQ(span.status.code, SpanStatusCode::kError);
  EXPECT_EQ(span.status.message, "NOT_FOUND: no user u9");
  EXPECT_EQ(attribute_of(span, "error.type"), AttributeValue(std::string("NOT_FOUND")));
  EXPECT_TRUE(attribute_of(span, "http.route").has_value());
  EXPECT_FALSE(attribute_of(span, "before").has_value());
  EXPECT_LE(span.start, span.end);
}

TEST_F(SpanTest, a_span_that_is_recorded_late_still_has_its_whole_length) {
  const WallTime before = std::chrono::system_clock::now();
  WallTime in_the_middle;
  {
    Span span = Span::start("slow", {.parent = remote_parent(false)});
    do {
      in_the_middle = std::chrono::system_clock::now();
    } while (in_the_middle - before < std::chrono::milliseconds(3));
    span.fail("late", "too late");
  }
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_LT(spans[0]->start, in_the_middle - std::chrono::milliseconds(2));
  EXPECT_GE(spans[0]->end - spans[0]->start, std::chrono::milliseconds(2));
}

TEST_F(SpanTest, new_traces_past_the_rate_are_not_sampled) {
  telemetry_.sampler().set_new_traces_per_second(0);
  {
    Span span = Span::start("root");
    EXPECT_TRUE(span.context().valid());
    EXPECT_FALSE(span.context().sampled());
  }
  EXPECT_TRUE(finished().empty());
}

TEST_F(SpanTest, a_panic_becomes_an_event_and_an_error) {
  {
    Span span = Span::start("handler");
    span.record_panic("std::out_of_range", "vector::at", "get_order");
  }
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0]->status.code, SpanStatusCode::kError);
  ASSERT_EQ(spans[0]->events.size(), 1U);
  EXPECT_EQ(spans[0]->events[0].name, "exception");
  EXPECT_EQ(spans[0]->events[0].attributes[2],
            (Attribute{"exception.stacktrace", AttributeValue(std::string("get_order"))}));
}

TEST_F(SpanTest, ends_once_and_ignores_what_comes_later) {
  Span outer = Span::start("outer");
  Span span = Span::start("early");
  span.rename("renamed");
  span.end();
  EXPECT_EQ(current_span(), outer.context());
  span.end();
  span.set("late", 1);
  span.fail("late", "late");
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0]->name, "renamed");
  EXPECT_TRUE(spans[0]->attributes.empty());
  EXPECT_EQ(spans[0]->status.code, SpanStatusCode::kUnset);
}

TEST_F(SpanTest, keeps_no_more_than_its_limits_and_counts_the_rest) {
  {
    Span span = Span::start("big", {.links = std::vector<SpanContext>(kMaxSpanLinks + 3)});
    for (std::size_t i = 0; i < kMaxSpanAttributes + 5; ++i) span.set("key" + std::to_string(i), i);
    for (std::size_t i = 0; i < kMaxSpanEvents + 7; ++i) span.add_event("event");
    span.set("key0", std::string(2 * kMaxAttributeBytes, 'x'));
  }
  const auto spans = finished();
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0]->attributes.size(), kMaxSpanAttributes);
  EXPECT_EQ(spans[0]->dropped_attributes, 5U);
  EXPECT_EQ(spans[0]->events.size(), kMaxSpanEvents);
  EXPECT_EQ(spans[0]->dropped_events, 7U);
  EXPECT_EQ(spans[0]->links.size(), kMaxSpanLinks);
  EXPECT_EQ(spans[0]->dropped_links, 3U);
  EXPECT_EQ(std::get<std::string>(spans[0]->attributes[0].value).size(), kMaxAttributeBytes);
}

TEST_F(SpanTest, succeeding_sets_the_status) {
  {
    Span span = Span::start("fine");
    span.fail("first", "try failed");
    span.succeed();
  }
  EXPECT_EQ(finished().at(0)->status.code, SpanStatusCode::kOk);
}

TEST_F(SpanTest, nothing_is_recorded_while_no_exporter_listens) {
  telemetry_.spans().close();
  Span span = Span::start("unheard");
  EXPECT_TRUE(span.context().sampled()) << "what is called from here may be heard elsewhere";
  EXPECT_FALSE(span.recording());
  span.fail("error", "error");
  EXPECT_FALSE(span.recording());
}

TEST(Span, with_tracing_off_hands_received_ids_on_and_makes_none) {
  TelemetryOptions options = quiet_options();
  options.tracing = false;
  Telemetry telemetry(std::move(options));
  telemetry.spans().open();
  AttachTelemetry attached(telemetry);
  {
    Span root = Span::start("root");
    EXPECT_FALSE(root.context().valid());
    root.fail("error", "error");
  }
  SpanContext parent{.trace_id = TraceId::generate(), .span_id = SpanId::generate(), .remote = true};
  {
    Span server = Span::start("server", {.parent = parent});
    EXPECT_EQ(current_span(), parent);
    Span child = Span::start("child");
    EXPECT_EQ(child.context(), parent);
  }
  EXPECT_FALSE(current_span().valid());
  EXPECT_TRUE(telemetry.spans().drain(10).empty());
}

TEST(Span, without_any_telemetry_does_nothing) {
  Span span = Span::start("nobody listens");
  span.set("key", 1);
  span.fail("error", "error");
  EXPECT_FALSE(span.context().valid());
  EXPECT_FALSE(span.recording());
  current().metrics().counter("unheard_total", "Counts nothing").increment();
  EXPECT_EQ(current().metrics().text(), "");
}

}  // namespace
}  // namespace skerry::telemetry
