// SPDX-License-Identifier: Apache-2.0
//
// GET /api/lineage/{id} over a real trace store.
#include <gtest/gtest.h>

#include "platform/collector/collector_fixture.h"
#include "platform/collector/flow_trace.h"
#include "platform/collector/test_events.h"

namespace skerry::platform::collector {
namespace {

using fixtures::Answer;
using fixtures::process_span;
using fixtures::publish_span;
using fixtures::SpanSpec;
using fixtures::trace_id;

class LineageApi : public fixtures::CollectorFixture {
 protected:
  Task<> store(std::string service, std::vector<SpanSpec> specs) {
    co_await expect_post(200, fixtures::make_request(service, specs).SerializeAsString(), fixtures::kProtobuf);
  }
  Task<> expect_error(std::string id, int status, std::string message) {
    const Answer answer = co_await get("/api/lineage/" + id);
    EXPECT_EQ(answer.status, status) << id;
    EXPECT_EQ(answer.headers.get("content-type"), "application/json");
    const boost::json::value json = co_await parse_json_value(answer.body);
    EXPECT_EQ(json.at("errors").at(0).at("code").to_number<int>(), status);
    EXPECT_NE(std::string(json.at("errors").at(0).at("msg").as_string()).find(message), std::string::npos);
  }
};

TEST_F(LineageApi, answers_who_published_and_who_handled_what) {
  run([this]() -> Task<> {
    co_await store("order", {publish_span({.span = 2, .start = 1005, .duration = 1}, {.id = "accepted"})});
    co_await store(
        "inventory",
        {process_span({.span = 3, .parent = 2, .start = 1020, .duration = 30, .failed = true, .message = "busy"},
                      {.id = "accepted", .attempt = 1}),
         process_span({.span = 4, .parent = 2, .start = 1150, .duration = 7}, {.id = "accepted", .attempt = 2}),
         publish_span({.span = 5, .parent = 4, .start = 1153},
                      {.id = "reserved", .cause = "accepted", .source = "/inventory"})});
    const Answer answer = co_await get("/api/lineage/" + trace_id(1).to_hex());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.get("content-type"), "application/json");
    EXPECT_EQ(
        answer.body,
        R"({"data":{"trace_id":"aa000000000000000000000000000001","truncated":false,"events":[)"
        R"({"id":"accepted","source":"/order","type":"shop.accepted","topic":"orders","key":"order-7",)"
        R"("correlation_id":"flow-1","causation_id":null,"published_by":"order","published_at":1005000,)"
        R"("trace_id":"aa000000000000000000000000000001","span_id":"0000000000000002","abandoned":false,"handled":[)"
        R"({"service":"inventory","group":"stock","instance":null,"trace_id":"aa000000000000000000000000000001",)"
        R"("span_id":"0000000000000003","started_at":1020000,"duration_us":30000,"outcome":"retried","attempt":1,)"
        R"("error":"busy"},)"
        R"({"service":"inventory","group":"stock","instance":null,"trace_id":"aa000000000000000000000000000001",)"
        R"("span_id":"0000000000000004","started_at":1150000,"duration_us":7000,"outcome":"ok","attempt":2,)"
        R"("error":null}]},)"
        R"({"id":"reserved","source":"/inventory","type":"shop.reserved","topic":"orders","key":"order-7",)"
        R"("correlation_id":"flow-1","causation_id":"accepted","published_by":"inventory","published_at":1153000,)"
        R"("trace_id":"aa000000000000000000000000000001","span_id":"0000000000000005","abandoned":false,)"
        R"("handled":[]}],"edges":[{"from":"accepted","from_source":"/order","to":"reserved","to_source":"/inventory",)"
        R"("service":"inventory","latency_us":148000}]},"total":2,"limit":0,"offset":0,"errors":null})");
  });
}

TEST_F(LineageApi, an_event_that_only_its_handler_saw_has_no_publisher) {
  run([this]() -> Task<> {
    co_await store("inventory", {process_span({.span = 3, .start = 1020}, {.id = "accepted"})});
    const boost::json::value data_value = co_await data("/api/lineage/" + trace_id(1).to_hex());
    const boost::json::value& event = data_value.at("events").at(0);
    for (const char* unknown : {"published_by", "published_at", "trace_id", "span_id", "causation_id"}) {
      EXPECT_TRUE(event.at(unknown).is_null()) << unknown;
    }
    EXPECT_EQ(event.at("handled").as_array().size(), 1U);
  });
}

TEST_F(LineageApi, a_trace_without_events_has_an_empty_lineage) {
  run([this]() -> Task<> {
    co_await store("order", {{.span = 1, .name = "GET /orders"}});
    const boost::json::value empty = co_await data("/api/lineage/" + trace_id(1).to_hex());
    EXPECT_TRUE(empty.at("events").as_array().empty());
    EXPECT_TRUE(empty.at("edges").as_array().empty());
  });
}

TEST_F(LineageApi, wrong_questions_are_answered_as_for_traces) {
  run([this]() -> Task<> {
    co_await expect_error("xyz", 400, "trace id");
    co_await expect_error(trace_id(9).to_hex(), 404, "trace not found");
  });
}

TEST_F(LineageApi, follows_the_links_of_handlers_to_other_traces) {
  run([this]() -> Task<> {
    co_await store("order", {publish_span({.trace = 1, .span = 1, .start = 1000}, {.id = "a"})});
    co_await store("stock",
                   {process_span({.trace = 2, .span = 2, .start = 1010, .links = {{1, 1}, {77, 1}}}, {.id = "a"}),
                    publish_span({.trace = 2, .span = 3, .parent = 2, .start = 1011}, {.id = "b"})});
    co_await store("points", {process_span({.trace = 3, .span = 4, .start = 1020, .links = {{2, 3}}}, {.id = "b"})});
    // A link of another kind of span is none that an event took.
    co_await store("cron", {{.trace = 4, .span = 5, .links = {{1, 1}}}});
    const boost::json::value all = co_await data("/api/lineage/" + trace_id(3).to_hex());
    EXPECT_EQ(all.at("trace_id").as_string(), trace_id(3).to_hex());
    EXPECT_EQ(all.at("events").as_array().size(), 2U);
    EXPECT_EQ(all.at("edges").at(0).at("from").as_string(), "a");
    EXPECT_EQ(all.at("edges").at(0).at("to").as_string(), "b");
    EXPECT_FALSE(all.at("truncated").as_bool());
    const boost::json::value none = co_await data("/api/lineage/" + trace_id(4).to_hex());
    EXPECT_TRUE(none.at("events").as_array().empty());
  });
}

TEST_F(LineageApi, follows_no_more_links_than_the_limit) {
  run([this]() -> Task<> {
    std::vector<SpanSpec> published;
    SpanSpec handler{.trace = 1, .span = 1};
    for (std::uint64_t n = 2; n < kMaxLinkedTraces + 3; ++n) {
      published.push_back(publish_span({.trace = n, .span = n}, {.id = std::to_string(n)}));
      handler.links.emplace_back(n, n);
    }
    co_await store("order", published);
    co_await store("stock", {process_span(handler, {.id = "2"})});
    const boost::json::value lineage = co_await data("/api/lineage/" + trace_id(1).to_hex());
    EXPECT_EQ(lineage.at("events").as_array().size(), kMaxLinkedTraces);
    EXPECT_TRUE(lineage.at("truncated").as_bool());
  });
}

}  // namespace
}  // namespace skerry::platform::collector
