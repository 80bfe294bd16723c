// SPDX-License-Identifier: Apache-2.0
//
// What the trace store answers to queries.
#include <gtest/gtest.h>

#include "platform/collector/test_spans.h"
#include "platform/collector/trace_store.h"

namespace skerry::platform::collector {
namespace {

using fixtures::make_request;
using fixtures::SpanSpec;

constexpr std::uint64_t kMilli = 1'000'000;

class TraceSearchTest : public ::testing::Test {
 protected:
  void append(std::string_view service, const std::vector<SpanSpec>& specs) {
    ASSERT_TRUE(store_->append(make_request(service, specs)).has_value());
  }
  // The numbers of the traces found, in the order of the answer.
  std::vector<std::uint64_t> found(const TraceQuery& query) const {
    std::vector<std::uint64_t> numbers;
    for (const StoredTrace& trace : store_->search(query)) {
      for (std::uint64_t n = 1; n < 100; ++n) {
        if (trace.id == fixtures::trace_id(n)) numbers.push_back(n);
      }
    }
    return numbers;
  }

  disk::TemporaryDirectory directory_;
  std::unique_ptr<TraceStore> store_ = TraceStore::open(directory_.path(), {}).value();
};

using Numbers = std::vector<std::uint64_t>;

TEST_F(TraceSearchTest, gives_whole_traces_of_a_service_latest_first) {
  append("order", {{.trace = 1, .span = 1, .start = 100}, {.trace = 3, .span = 2, .start = 300}});
  append("order", {{.trace = 2, .span = 3, .start = 200}});
  append("user", {{.trace = 1, .span = 4, .parent = 1, .start = 101}, {.trace = 4, .span = 5, .start = 400}});
  EXPECT_EQ(found({.service = "order"}), (Numbers{3, 2, 1}));
  EXPECT_EQ(found({.service = "user"}), (Numbers{4, 1}));
  EXPECT_EQ(found({.service = "none"}), Numbers{});
  EXPECT_EQ(store_->search({.service = "order"}).back().spans.size(), 2U) << "with the spans of other services";
}

TEST_F(TraceSearchTest, a_trace_with_many_matching_spans_is_given_once) {
  append("order", {{.trace = 1, .span = 1, .start = 100},
                   {.trace = 1, .span = 2, .start = 150},
                   {.trace = 2, .span = 3, .start = 120}});
  EXPECT_EQ(found({.service = "order"}), (Numbers{1, 2}));
}

TEST_F(TraceSearchTest, the_limit_counts_traces_and_keeps_the_latest) {
  for (std::uint64_t i = 1; i <= 10; ++i) append("order", {{.trace = i, .span = i, .start = i}});
  EXPECT_EQ(found({.service = "order", .limit = 3}), (Numbers{10, 9, 8}));
}

TEST_F(TraceSearchTest, an_operation_must_match_exactly) {
  append("order", {{.trace = 1, .span = 1, .name = "create"}, {.trace = 2, .span = 2, .name = "create order"}});
  EXPECT_EQ(found({.service = "order", .operation = "create"}), Numbers{1});
  EXPECT_EQ(found({.service = "order", .operation = "delete"}), Numbers{});
}

TEST_F(TraceSearchTest, times_include_both_ends) {
  for (std::uint64_t i = 1; i <= 5; ++i) append("order", {{.trace = i, .span = i, .start = i}});
  EXPECT_EQ(found({.service = "order", .start_from = 2 * kMilli, .start_to = 4 * kMilli}), (Numbers{4, 3, 2}));
  EXPECT_EQ(found({.service = "order", .start_from = 2 * kMilli + 1, .start_to = 4 * kMilli - 1}), Numbers{3});
}

TEST_F(TraceSearchTest, durations_are_those_of_the_services_spans) {
  append("order", {{.trace = 1, .span = 1, .duration = 10}, {.trace = 2, .span = 2, .duration = 100}});
  append("user", {{.trace = 1, .span = 3, .parent = 1, .duration = 500}});
  EXPECT_EQ(found({.service = "order", .min_duration = 50 * kMilli}), Numbers{2});
  EXPECT_EQ(found({.service = "order", .max_duration = 50 * kMilli}), Numbers{1});
  EXPECT_EQ(found({.service = "order", .min_duration = 10 * kMilli, .max_duration = 10 * kMilli}), Numbers{1});
}

TEST_F(TraceSearchTest, tags_match_attributes_resources_status_and_kind) {
  append("order", {{.trace = 1, .span = 1, .start = 1, .attributes = {{"http.route", "/a"}, {"user", "u1"}}},
                   {.trace = 2, .span = 2, .start = 2, .failed = true, .attributes = {{"http.route", "/a"}}},
                   {.trace = 3, .span = 3, .start = 3, .kind = OtlpSpan::SPAN_KIND_CLIENT}});
  EXPECT_EQ(found({.service = "order", .tags = {{"http.route", "/a"}}}), (Numbers{2, 1}));
  EXPECT_EQ(found({.service = "order", .tags = {{"http.route", "/a"}, {"user", "u1"}}}), Numbers{1});
  EXPECT_EQ(found({.service = "order", .tags = {{"error", "true"}}}), Numbers{2});
  EXPECT_EQ(found({.service = "order", .tags = {{"otel.status_code", "ERROR"}}}), Numbers{2});
  EXPECT_EQ(found({.service = "order", .tags = {{"span.kind", "client"}}}), Numbers{3});
  EXPECT_EQ(found({.service = "order", .tags = {{"service.name", "order"}}}), (Numbers{3, 2, 1}));
  EXPECT_EQ(found({.service = "order", .tags = {{"user", "u2"}}}), Numbers{});
}

TEST_F(TraceSearchTest, all_conditions_hold_for_one_span) {
  append("order", {{.trace = 1, .span = 1, .name = "a"}, {.trace = 1, .span = 2, .name = "b", .failed = true}});
  EXPECT_EQ(found({.service = "order", .operation = "a", .tags = {{"error", "true"}}}), Numbers{});
  EXPECT_EQ(found({.service = "order", .operation = "b", .tags = {{"error", "true"}}}), Numbers{1});
}

TEST_F(TraceSearchTest, operations_are_listed_once_with_each_kind) {
  append("order", {{.span = 1, .name = "b"},
                   {.span = 2, .name = "a"},
                   {.span = 3, .name = "b"},
                   {.span = 4, .name = "a", .kind = OtlpSpan::SPAN_KIND_CLIENT}});
  EXPECT_EQ(store_->operations("order"), (std::vector<Operation>{{"a", "client"}, {"a", "server"}, {"b", "server"}}));
  EXPECT_TRUE(store_->operations("none").empty());
}

TEST_F(TraceSearchTest, calls_are_counted_where_the_parent_is_of_another_service) {
  append("gateway", {{.trace = 1, .span = 1, .start = 10}, {.trace = 1, .span = 2, .parent = 1, .start = 11}});
  append("order",
         {{.trace = 1, .span = 3, .parent = 2, .start = 12}, {.trace = 1, .span = 4, .parent = 3, .start = 13}});
  append("user", {{.trace = 1, .span = 5, .parent = 4, .start = 14},
                  {.trace = 1, .span = 6, .parent = 4, .start = 15},
                  {.trace = 2, .span = 7, .parent = 4, .start = 15}});
  EXPECT_EQ(store_->service_calls(0, 100 * kMilli),
            (std::vector<ServiceCall>{{"gateway", "order", 1}, {"order", "user", 2}}));
  EXPECT_TRUE(store_->service_calls(0, 10 * kMilli).empty());
  EXPECT_EQ(store_->service_calls(0, 15 * kMilli).back().count, 1U) << "the end is not included";
}

}  // namespace
}  // namespace skerry::platform::collector
