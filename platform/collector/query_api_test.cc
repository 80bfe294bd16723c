// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/query_api.h"

#include <gtest/gtest.h>

#include "platform/collector/collector_fixture.h"

namespace skerry::platform::collector {
namespace {

using fixtures::Answer;
using fixtures::make_request;

class QueryApiTest : public fixtures::CollectorFixture {
 protected:
  // Two traces of "order", the later one with a span of "user" below it.
  Task<> store_traces() {
    co_await store("order", {{.trace = 1, .span = 1, .name = "GET /orders", .start = 1000}});
    co_await store("order", {{.trace = 2, .span = 2, .name = "POST /orders", .start = 2000, .failed = true}});
    co_await store("user", {{.trace = 2, .span = 3, .parent = 2, .name = "GetUser", .start = 2001, .duration = 1}});
  }
  Task<> store(std::string service, std::vector<fixtures::SpanSpec> specs) {
    co_await expect_post(200, make_request(service, specs).SerializeAsString(), fixtures::kProtobuf);
  }
  Task<> expect_traces(std::string target, std::vector<std::uint64_t> wanted) {
    const boost::json::value traces = co_await data(std::move(target));
    std::vector<std::string> ids;
    std::vector<std::string> wanted_ids;
    for (const auto& trace : traces.as_array()) ids.emplace_back(trace.at("traceID").as_string());
    for (const std::uint64_t n : wanted) wanted_ids.push_back(fixtures::trace_id(n).to_hex());
    EXPECT_EQ(ids, wanted_ids);
  }
  Task<> expect_error(std::string target, int status, std::string word) {
    const Answer answer = co_await get(target);
    EXPECT_EQ(answer.status, status) << target;
    EXPECT_EQ(answer.headers.get("content-type"), "application/json");
    const boost::json::value json = co_await parse_json_value(answer.body);
    const boost::json::value& error = json.at("errors").at(0);
    EXPECT_EQ(error.at("code").to_number<int>(), status);
    EXPECT_NE(std::string(error.at("msg").as_string()).find(word), std::string::npos) << answer.body;
  }
};

TEST_F(QueryApiTest, finds_traces_by_service_operation_and_tags_latest_first) {
  run([this]() -> Task<> {
    co_await store_traces();
    const std::string all = "/api/traces?service=order&start=0&end=9000000000000";
    co_await expect_traces(all, {2, 1});
    co_await expect_traces(all + "&limit=1", {2});
    co_await expect_traces(all + "&operation=GET%20%2Forders", {1});
    co_await expect_traces(all + "&tags=%7B%22error%22%3A%22true%22%7D", {2});
    co_await expect_traces("/api/traces?service=user&start=0&end=9000000000000", {2});
    co_await expect_traces("/api/traces?service=nobody", {});
    co_await expect_traces("/api/traces?traceID=" + fixtures::trace_id(1).to_hex(), {1});
  });
}

TEST_F(QueryApiTest, a_trace_has_the_spans_of_all_its_services) {
  run([this]() -> Task<> {
    co_await store_traces();
    const boost::json::value traces = co_await data("/api/traces/" + fixtures::trace_id(2).to_hex());
    const boost::json::value& trace = traces.at(0);
    EXPECT_EQ(trace.at("spans").as_array().size(), 2U);
    EXPECT_EQ(trace.at("processes").as_object().size(), 2U);
    const boost::json::value& parent = trace.at("spans").at(1).at("references").at(0);
    EXPECT_EQ(parent.at("refType").as_string(), "CHILD_OF");
    EXPECT_EQ(parent.at("spanID").as_string(), fixtures::span_id(2).to_hex());
  });
}

TEST_F(QueryApiTest, lists_services_and_operations) {
  run([this]() -> Task<> {
    co_await store_traces();
    const boost::json::value services = co_await data("/api/services");
    EXPECT_EQ(services, boost::json::value({"order", "user"}));
    const boost::json::value names = co_await data("/api/services/order/operations");
    EXPECT_EQ(names, boost::json::value({"GET /orders", "POST /orders"}));
    const boost::json::value none = co_await data("/api/services/nobody/operations");
    EXPECT_TRUE(none.as_array().empty());
    const boost::json::value operations = co_await data("/api/operations?service=user&spanKind=server");
    EXPECT_EQ(operations.at(0).at("name").as_string(), "GetUser");
    EXPECT_EQ(operations.at(0).at("spanKind").as_string(), "server");
  });
}

TEST_F(QueryApiTest, a_service_with_a_slash_in_its_name_can_be_asked_for) {
  run([this]() -> Task<> {
    co_await store("shop/order", {{.trace = 1, .name = "ship"}});
    const boost::json::value names = co_await data("/api/services/shop%2Forder/operations");
    EXPECT_EQ(names.at(0).as_string(), "ship");
  });
}

TEST_F(QueryApiTest, shows_who_calls_whom) {
  run([this]() -> Task<> {
    co_await store_traces();
    const boost::json::value calls = co_await data("/api/dependencies?endTs=10000&lookback=10000");
    EXPECT_EQ(calls.as_array().size(), 1U);
    EXPECT_EQ(calls.at(0).at("parent").as_string(), "order");
    EXPECT_EQ(calls.at(0).at("child").as_string(), "user");
    EXPECT_EQ(calls.at(0).at("callCount").to_number<int>(), 1);
  });
}

TEST_F(QueryApiTest, wrong_questions_are_answered_in_jaegers_form) {
  run([this]() -> Task<> {
    co_await expect_error("/api/traces/xyz", 400, "trace id");
    co_await expect_error("/api/traces/" + fixtures::trace_id(9).to_hex(), 404, "not found");
    co_await expect_error("/api/traces", 400, "service");
    co_await expect_error("/api/traces?service=order&limit=many", 400, "limit");
    co_await expect_error("/api/traces?service=order&minDuration=quick", 400, "minDuration");
    co_await expect_error("/api/traces?service=%zz", 400, "");
    co_await expect_error("/api/operations", 400, "service");
    co_await expect_error("/api/dependencies?lookback=-1", 400, "lookback");
  });
}

TEST_F(QueryApiTest, other_paths_and_methods_are_refused) {
  run([this]() -> Task<> {
    const Answer unknown = co_await get("/api/nothing");
    EXPECT_EQ(unknown.status, 404);
    http::Request write;
    write.method = "DELETE";
    write.target = "/api/services";
    const Answer refused = co_await send(endpoints_.query, std::move(write));
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.headers.get("allow"), "GET, HEAD");
  });
}

}  // namespace
}  // namespace skerry::platform::collector
