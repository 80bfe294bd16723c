// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/lineage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "platform/collector/test_events.h"

namespace skerry::platform::collector {
namespace {

using fixtures::process_span;
using fixtures::publish_span;
using fixtures::span_id;
using fixtures::SpanSpec;
using fixtures::stored_span;
using fixtures::trace_id;

constexpr std::uint64_t kMilli = 1'000'000;

Lineage lineage_of_spans(std::vector<StoredSpan> spans) {
  std::vector<StoredTrace> traces(1);
  traces[0].id = trace_id(1);
  traces[0].spans = std::move(spans);
  return lineage_of(traces);
}

// "a>b" for each edge.
std::vector<std::string> edges_of(const Lineage& lineage) {
  std::vector<std::string> edges;
  for (const LineageEdge& edge : lineage.edges) {
    edges.push_back(lineage.events[edge.from].key.id + ">" + lineage.events[edge.to].key.id);
  }
  return edges;
}

std::vector<std::string> ids_of(const Lineage& lineage) {
  std::vector<std::string> ids;
  for (const LineageEvent& event : lineage.events) ids.push_back(event.key.id);
  return ids;
}

std::vector<std::string_view> outcomes_of(const LineageEvent& event) {
  std::vector<std::string_view> outcomes;
  for (const EventHandling& handling : event.handled) outcomes.push_back(handling_outcome_name(handling.outcome));
  return outcomes;
}

using Names = std::vector<std::string>;
using Outcomes = std::vector<std::string_view>;

// An order is accepted; the inventory reserves and says so; points and logistics handle that side by side.
std::vector<StoredSpan> order_flow() {
  return {
      stored_span("order", {.span = 1, .name = "POST /orders", .start = 1000, .duration = 9}),
      stored_span("order", publish_span({.span = 2, .parent = 1, .start = 1005, .duration = 1}, {.id = "accepted"})),
      stored_span("inventory",
                  process_span({.span = 3, .parent = 2, .start = 1020, .duration = 30}, {.id = "accepted"})),
      stored_span("inventory", {.span = 4, .parent = 3, .name = "transaction", .start = 1021}),
      stored_span("inventory", publish_span({.span = 5, .parent = 4, .start = 1045, .duration = 1},
                                            {.id = "reserved", .source = "/inventory"})),
      stored_span("points", process_span({.span = 6, .parent = 5, .start = 1060},
                                         {.id = "reserved", .source = "/inventory", .group = "points"})),
      stored_span("logistics", process_span({.span = 7, .parent = 5, .start = 1061},
                                            {.id = "reserved", .source = "/inventory", .group = "logistics"})),
      stored_span("points", publish_span({.span = 8, .parent = 6, .start = 1065}, {.id = "credited"})),
  };
}

TEST(Lineage, an_event_published_while_another_is_handled_was_caused_by_it) {
  const Lineage lineage = lineage_of_spans(order_flow());
  EXPECT_EQ(lineage.trace_id, trace_id(1));
  EXPECT_FALSE(lineage.truncated);
  EXPECT_EQ(ids_of(lineage), (Names{"accepted", "reserved", "credited"}));
  EXPECT_EQ(edges_of(lineage), (Names{"accepted>reserved", "reserved>credited"}));
  EXPECT_EQ(lineage.events[0].causation_id, "");
  EXPECT_EQ(lineage.events[1].causation_id, "accepted");
  EXPECT_EQ(lineage.edges[0].latency, 40 * kMilli);
}

TEST(Lineage, an_event_says_who_published_and_who_handled_it) {
  const Lineage lineage = lineage_of_spans(order_flow());
  const LineageEvent& reserved = lineage.events[1];
  EXPECT_EQ(reserved.type, "shop.reserved");
  EXPECT_EQ(reserved.topic, "orders");
  EXPECT_EQ(reserved.record_key, "order-7");
  EXPECT_EQ(reserved.correlation_id, "flow-1");
  ASSERT_TRUE(reserved.published.has_value());
  EXPECT_EQ(reserved.published->service, "inventory");
  EXPECT_EQ(reserved.published->at, 1045 * kMilli);
  EXPECT_EQ(reserved.published->trace_id, trace_id(1));
  EXPECT_EQ(reserved.published->span_id, span_id(5));
  ASSERT_EQ(reserved.handled.size(), 2U);
  EXPECT_EQ(reserved.handled[0].service, "points");
  EXPECT_EQ(reserved.handled[0].group, "points");
  EXPECT_EQ(reserved.handled[0].instance, "points-1");
  EXPECT_EQ(reserved.handled[0].span_id, span_id(6));
  EXPECT_EQ(reserved.handled[0].started_at, 1060 * kMilli);
  EXPECT_EQ(reserved.handled[0].duration, 10 * kMilli);
  EXPECT_EQ(reserved.handled[0].attempt, 1U);
  EXPECT_EQ(reserved.handled[1].group, "logistics");
  EXPECT_EQ(outcomes_of(reserved), (Outcomes{"ok", "ok"}));
}

TEST(Lineage, a_trace_without_events_has_none) {
  const Lineage lineage = lineage_of_spans({stored_span("order", {.span = 1})});
  EXPECT_TRUE(lineage.events.empty());
  EXPECT_TRUE(lineage.edges.empty());
}

TEST(Lineage, an_event_that_was_published_elsewhere_is_known_by_its_handlers) {
  const Lineage lineage = lineage_of_spans({
      stored_span("stock", process_span({.span = 3, .parent = 99, .start = 1020}, {.id = "accepted", .cause = "gone"})),
      stored_span("stock", publish_span({.span = 5, .parent = 3, .start = 1025}, {.id = "reserved"})),
  });
  ASSERT_EQ(ids_of(lineage), (Names{"accepted", "reserved"}));
  EXPECT_FALSE(lineage.events[0].published.has_value());
  EXPECT_FALSE(lineage.events[0].abandoned);
  EXPECT_EQ(lineage.events[0].at(), 1020 * kMilli);
  // The cause is told although it is not here.
  EXPECT_EQ(lineage.events[0].causation_id, "gone");
  EXPECT_EQ(edges_of(lineage), (Names{"accepted>reserved"}));
  EXPECT_EQ(lineage.edges[0].latency, 5 * kMilli);
}

TEST(Lineage, a_stated_cause_counts_more_than_the_way_of_the_spans) {
  const Lineage lineage = lineage_of_spans({
      stored_span("a", publish_span({.span = 1, .start = 1000}, {.id = "first"})),
      stored_span("a", publish_span({.span = 2, .start = 1001}, {.id = "second"})),
      stored_span("b", process_span({.span = 3, .parent = 2, .start = 1002}, {.id = "second"})),
      stored_span("b", publish_span({.span = 4, .parent = 3, .start = 1003}, {.id = "third", .cause = "first"})),
  });
  EXPECT_EQ(edges_of(lineage), (Names{"first>third"}));
}

TEST(Lineage, the_same_id_of_another_source_is_another_event) {
  const Lineage lineage = lineage_of_spans({
      stored_span("a", publish_span({.span = 1, .start = 1000}, {.id = "1", .source = "/a"})),
      stored_span("b", publish_span({.span = 2, .start = 1001}, {.id = "1", .source = "/b"})),
      stored_span("c", process_span({.span = 3, .parent = 2, .start = 1002}, {.id = "1", .source = "/b"})),
      stored_span("c", publish_span({.span = 4, .parent = 3, .start = 1003}, {.id = "2", .cause = "1"})),
  });
  ASSERT_EQ(lineage.events.size(), 3U);
  EXPECT_EQ(lineage.events[0].key, (EventKey{.source = "/a", .id = "1"}));
  // An id alone names its cause; of those that share it the one counts that was being handled.
  ASSERT_EQ(lineage.edges.size(), 1U);
  EXPECT_EQ(lineage.events[lineage.edges[0].from].key.source, "/b");
}

TEST(Lineage, no_event_is_its_own_cause) {
  const Lineage lineage = lineage_of_spans({
      stored_span("a", publish_span({.span = 1, .start = 1000}, {.id = "e", .cause = "e"})),
      stored_span("b", process_span({.span = 2, .parent = 1, .start = 1001}, {.id = "e"})),
      stored_span("b", publish_span({.span = 3, .parent = 2, .start = 999}, {.id = "e"})),
  });
  ASSERT_EQ(lineage.events.size(), 1U);
  EXPECT_EQ(lineage.events[0].causation_id, "");
  EXPECT_TRUE(lineage.edges.empty());
}

TEST(Lineage, an_event_that_was_sent_twice_was_published_the_first_time) {
  const std::vector<StoredSpan> spans{
      stored_span("relay", publish_span({.span = 1, .start = 1010}, {.id = "e"})),
      stored_span("order", publish_span({.span = 2, .start = 1000}, {.id = "e"})),
  };
  EXPECT_EQ(lineage_of_spans(spans).events[0].published->service, "order");
  EXPECT_EQ(lineage_of_spans({spans[1], spans[0]}).events[0].published->service, "order");
}

TEST(Lineage, an_event_whose_first_publishing_failed_was_published_when_it_succeeded) {
  std::vector<StoredSpan> spans{
      stored_span("b", process_span({.span = 1, .start = 1000, .failed = true}, {.id = "cause"})),
      stored_span("b", publish_span({.span = 2, .parent = 1, .start = 1001}, {.id = "e"})),
      stored_span("b", process_span({.span = 3, .start = 2000}, {.id = "cause"})),
      stored_span("b", publish_span({.span = 4, .parent = 3, .start = 2001}, {.id = "e"})),
  };
  for (int order = 0; order < 2; ++order, std::ranges::reverse(spans)) {
    const LineageEvent event = lineage_of_spans(spans).events.back();
    EXPECT_EQ(event.published->span_id, span_id(4));
    EXPECT_FALSE(event.abandoned);
  }
}

TEST(Lineage, an_effect_before_its_cause_by_another_clock_took_no_time) {
  const Lineage lineage = lineage_of_spans({
      stored_span("a", publish_span({.span = 1, .start = 2000}, {.id = "cause"})),
      stored_span("b", process_span({.span = 2, .parent = 1, .start = 1500}, {.id = "cause"})),
      stored_span("b", publish_span({.span = 3, .parent = 2, .start = 1501}, {.id = "effect"})),
  });
  EXPECT_EQ(ids_of(lineage), (Names{"effect", "cause"}));
  EXPECT_EQ(edges_of(lineage), (Names{"cause>effect"}));
  EXPECT_EQ(lineage.edges[0].latency, 0U);
}

TEST(Lineage, failed_attempts_were_retried_but_for_the_last_of_each_group) {
  const auto attempt = [](std::uint64_t span, std::uint64_t start, std::string group, bool failed) {
    return stored_span("s", process_span({.span = span, .start = start, .failed = failed, .message = "no luck"},
                                         {.id = "e", .group = std::move(group)}));
  };
  const Lineage lineage = lineage_of_spans({attempt(1, 1000, "a", true), attempt(2, 1001, "b", true),
                                            attempt(3, 1100, "a", true), attempt(4, 1300, "a", false)});
  const LineageEvent& event = lineage.events.at(0);
  EXPECT_EQ(outcomes_of(event), (Outcomes{"retried", "error", "retried", "ok"}));
  EXPECT_EQ(event.handled[0].error, "no luck");
  EXPECT_EQ(event.handled[3].error, "");
  EXPECT_EQ(event.handled[1].attempt, 1U);
  EXPECT_EQ(event.handled[2].attempt, 2U);
  EXPECT_EQ(event.handled[3].attempt, 3U);
}

TEST(Lineage, what_the_sdk_says_of_an_outcome_is_believed) {
  std::vector<StoredSpan> spans;
  std::uint64_t span = 0;
  for (const char* outcome : {"duplicate", "stale", "parked", "dead", "handled", "something new"}) {
    ++span;
    spans.push_back(stored_span("s", process_span({.span = span, .start = 1000 + span, .failed = span == 4},
                                                  {.id = "e", .attempt = 7, .outcome = outcome})));
  }
  const Lineage lineage = lineage_of_spans(spans);
  EXPECT_EQ(outcomes_of(lineage.events.at(0)), (Outcomes{"duplicate", "stale", "parked", "dead", "ok", "ok"}));
  EXPECT_EQ(lineage.events[0].handled[0].attempt, 7U);
}

TEST(Lineage, an_event_of_a_failed_attempt_that_nobody_handled_was_abandoned) {
  const Lineage lineage = lineage_of_spans({
      stored_span("b", process_span({.span = 1, .start = 1000, .failed = true}, {.id = "cause"})),
      stored_span("b", publish_span({.span = 2, .parent = 1, .start = 1001}, {.id = "rolled-back"})),
      stored_span("b", publish_span({.span = 3, .parent = 1, .start = 1002}, {.id = "sent-anyway"})),
      stored_span("c", process_span({.span = 4, .parent = 3, .start = 1003}, {.id = "sent-anyway"})),
      stored_span("b", publish_span({.span = 5, .start = 1004, .failed = true}, {.id = "not-sent"})),
      stored_span("b", publish_span({.span = 6, .start = 1005}, {.id = "on-its-way"})),
  });
  std::map<std::string, bool> abandoned;
  for (const LineageEvent& event : lineage.events) abandoned[event.key.id] = event.abandoned;
  const std::map<std::string, bool> expected{
      {"cause", false}, {"rolled-back", true}, {"sent-anyway", false}, {"not-sent", true}, {"on-its-way", false}};
  EXPECT_EQ(abandoned, expected);
}

TEST(Lineage, handlers_in_traces_of_their_own_are_joined_by_the_events_ids) {
  std::vector<StoredTrace> traces(2);
  traces[0].id = trace_id(2);
  traces[0].spans = {
      stored_span("b", process_span({.trace = 2, .span = 3, .start = 1010, .links = {{1, 1}}}, {.id = "cause"})),
      stored_span("b", publish_span({.trace = 2, .span = 4, .parent = 3, .start = 1011}, {.id = "effect"}))};
  traces[1].id = trace_id(1);
  traces[1].spans = {stored_span("a", publish_span({.trace = 1, .span = 1, .start = 1000}, {.id = "cause"}))};
  const Lineage lineage = lineage_of(traces);
  EXPECT_EQ(lineage.trace_id, trace_id(2));
  EXPECT_EQ(edges_of(lineage), (Names{"cause>effect"}));
  EXPECT_EQ(lineage.events[0].published->trace_id, trace_id(1));
  EXPECT_EQ(lineage.events[0].handled.at(0).trace_id, trace_id(2));
}

TEST(Lineage, does_not_depend_on_the_order_of_the_spans) {
  std::vector<StoredSpan> spans = order_flow();
  const Lineage lineage = lineage_of_spans(spans);
  std::ranges::reverse(spans);
  const Lineage reversed = lineage_of_spans(spans);
  EXPECT_EQ(ids_of(reversed), ids_of(lineage));
  EXPECT_EQ(edges_of(reversed), edges_of(lineage));
  EXPECT_EQ(reversed.events[1].handled[0].span_id, lineage.events[1].handled[0].span_id);
}

TEST(Lineage, parents_that_go_in_a_circle_are_survived) {
  const Lineage lineage = lineage_of_spans({
      stored_span("a", publish_span({.span = 1, .parent = 3, .start = 1000}, {.id = "a"})),
      stored_span("a", {.span = 2, .parent = 1, .start = 1001}),
      stored_span("a", {.span = 3, .parent = 2, .start = 1002}),
      stored_span("a", publish_span({.span = 4, .parent = 4, .start = 1003}, {.id = "b"})),
      stored_span("a", publish_span({.span = 5, .parent = 2, .start = 1004}, {.id = "c", .cause = "d"})),
      stored_span("a", publish_span({.span = 6, .start = 1005}, {.id = "d", .cause = "c"})),
  });
  EXPECT_EQ(ids_of(lineage), (Names{"a", "b", "c", "d"}));
  EXPECT_EQ(edges_of(lineage), (Names{"d>c", "c>d"}));
}

TEST(Lineage, a_deep_chain_is_followed_to_its_end) {
  std::vector<StoredSpan> spans{stored_span("a", process_span({.span = 1, .start = 1}, {.id = "cause"}))};
  for (std::uint64_t n = 2; n <= 10'000; ++n)
    spans.push_back(stored_span("a", {.span = n, .parent = n - 1, .start = n}));
  for (std::uint64_t n = 0; n < 1000; ++n) {
    spans.push_back(stored_span(
        "a", publish_span({.span = 20'000 + n, .parent = 10'000, .start = 30'000 + n}, {.id = std::to_string(n)})));
  }
  EXPECT_EQ(lineage_of_spans(std::move(spans)).edges.size(), 1000U);
}

TEST(Lineage, is_cut_at_its_limits) {
  std::vector<StoredSpan> many;
  for (std::uint64_t n = 1; n <= kMaxLineageEvents + 1; ++n) {
    many.push_back(stored_span("a", publish_span({.span = n, .start = n}, {.id = std::to_string(n)})));
  }
  const Lineage events = lineage_of_spans(std::move(many));
  EXPECT_EQ(events.events.size(), kMaxLineageEvents);
  EXPECT_TRUE(events.truncated);

  std::vector<StoredSpan> attempts;
  for (std::uint64_t n = 1; n <= kMaxHandlingsPerEvent + 1; ++n) {
    const SpanSpec span{.span = n, .start = n, .failed = true, .message = std::string(10'000, 'x')};
    attempts.push_back(stored_span("a", process_span(span, {.id = "e"})));
  }
  const Lineage handlings = lineage_of_spans(std::move(attempts));
  EXPECT_EQ(handlings.events.at(0).handled.size(), kMaxHandlingsPerEvent);
  EXPECT_EQ(handlings.events[0].handled[0].error.size(), kMaxHandlingErrorBytes);
  EXPECT_TRUE(handlings.truncated);
}

}  // namespace
}  // namespace skerry::platform::collector
