// SPDX-License-Identifier: Apache-2.0
//
// The dashboard on a real port, before a real server of the trace query API.
#include "platform/dashboard/dashboard.h"

#include <gtest/gtest.h>

#include "platform/dashboard/test_page.h"
#include "skerry/async/runtime.h"
#include "skerry/async/sync.h"
#include "skerry/discovery/instance.h"
#include "skerry/http/server.h"

namespace skerry::platform::dashboard {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxTestBodyBytes = std::size_t{1} << 20;

Task<std::string> dashboard_listen(http::Server& server) {
  net::Address address = co_await server.listen(co_await net::Address::from_ip("127.0.0.1", 0));
  co_return "http://" + address.to_string();
}

/// A trace store that answers with the target it was asked for.
Task<http::Response> echo_target(http::Request request) {
  if (request.path() == "/api/traces/abc") {
    co_return http::json(R"({"data":null,"errors":[{"code":404,"msg":"trace not found"}]})", 404);
  }
  if (request.headers.contains("cookie")) co_return http::text("a cookie was passed on", 500);
  co_return http::json("{\"target\":\"" + request.target + "\"}");
}

Task<std::vector<RegistryEntry>> one_user() {
  const discovery::Instance instance{.id = "user-1", .service = "user", .address = "127.0.0.1:4001"};
  co_return std::vector<RegistryEntry>{{.key = discovery::instance_key(instance), .value = to_json(instance)}};
}

Task<std::vector<RegistryEntry>> these(std::vector<RegistryEntry> entries) { co_return entries; }

Task<std::vector<RegistryEntry>> no_registry() { co_return Error::unavailable("no endpoint answers"); }

struct Answer {
  int status = 0;
  std::string body;
  http::Headers headers;
};

struct Ask {
  std::string target;
  std::string method = "GET";
  std::string accept = "*/*";
};

class DashboardTest : public testing::Test {
 protected:
  /// Runs the requests one after the other against a dashboard before `traces`.
  std::vector<Answer> ask(std::vector<Ask> asks, ReadRegistry registry = one_user, http::Handler traces = echo_target) {
    Runtime runtime({.workers = 1});
    Result<std::vector<Answer>> answers = runtime.run([&]() -> Task<std::vector<Answer>> {
      http::Server store(traces);
      const std::string store_url = co_await dashboard_listen(store);
      co_return co_await ask_dashboard(std::move(asks), std::move(registry), store_url, &store);
    });
    EXPECT_TRUE(answers.has_value()) << answers.error().to_string();
    return answers.value_or(std::vector<Answer>());
  }

  Task<std::vector<Answer>> ask_dashboard(std::vector<Ask> asks, ReadRegistry registry, std::string store_url,
                                          http::Server* store) {
    std::unique_ptr<Dashboard> dashboard = co_await Dashboard::make({.page_directory = page_.directory(),
                                                                     .read_registry = std::move(registry),
                                                                     .trace_query = store_url,
                                                                     .ask_health = false});
    net::Address address = co_await dashboard->listen(co_await net::Address::from_ip("127.0.0.1", 0));
    const std::string url = "http://" + address.to_string();
    http::Client client;
    std::vector<Answer> answers;
    for (const Ask& one : asks) answers.push_back(co_await send(client, url, one));
    co_await dashboard->stop(1s);
    if (store != nullptr) co_await store->stop(1s);
    co_return answers;
  }

  static Task<Answer> send(http::Client& client, std::string url, Ask ask) {
    http::Request request;
    request.method = ask.method;
    request.target = ask.target;
    request.scheme = "http";
    request.authority = url.substr(std::string_view("http://").size());
    co_await request.headers.set("accept", ask.accept);
    co_await request.headers.set("cookie", "session=secret");
    http::Response response = co_await client.send(std::move(request));
    std::string body = co_await response.body.read_all(kMaxTestBodyBytes);
    co_return Answer{response.status, std::move(body), std::move(response.headers)};
  }

  TestPage page_;
};

TEST_F(DashboardTest, tells_what_is_registered) {
  const std::vector<Answer> answers = ask({{"/api/registry/services"}});
  EXPECT_EQ(answers.at(0).status, 200);
  EXPECT_EQ(answers.at(0).headers.get("content-type"), "application/json");
  EXPECT_EQ(answers.at(0).headers.get("cache-control"), "no-store");
  EXPECT_NE(answers.at(0).body.find(R"("name":"user","namespace":"public")"), std::string::npos);
  EXPECT_NE(answers.at(0).body.find(R"("address":"127.0.0.1:4001")"), std::string::npos);
}

TEST_F(DashboardTest, answers_503_with_the_reason_while_the_registry_cannot_be_read) {
  const std::vector<Answer> answers = ask({{"/api/registry/services"}}, no_registry);
  EXPECT_EQ(answers.at(0).status, 503);
  EXPECT_NE(answers.at(0).body.find("no endpoint answers"), std::string::npos);
}

TEST_F(DashboardTest, passes_the_query_api_through_with_its_parameters) {
  const std::vector<Answer> answers = ask({{"/api/services"},
                                           {"/api/services/user/operations"},
                                           {"/api/traces?service=a%20b&limit=5"},
                                           {"/api/traces/4bf92f3577b34da6a3ce929d0e0e4736"},
                                           {"/api/lineage/4bf92f3577b34da6a3ce929d0e0e4736"},
                                           {"/api/operations?service=x"},
                                           {"/api/dependencies?endTs=1"}});
  const std::vector<std::string> expected{"/api/services",
                                          "/api/services/user/operations",
                                          "/api/traces?service=a%20b&limit=5",
                                          "/api/traces/4bf92f3577b34da6a3ce929d0e0e4736",
                                          "/api/lineage/4bf92f3577b34da6a3ce929d0e0e4736",
                                          "/api/operations?service=x",
                                          "/api/dependencies?endTs=1"};
  for (std::size_t index = 0; index < expected.size(); ++index) {
    EXPECT_EQ(answers.at(index).status, 200);
    EXPECT_EQ(answers.at(index).body, "{\"target\":\"" + expected[index] + "\"}");
    EXPECT_EQ(answers.at(index).headers.get("cache-control"), "no-store");
  }
}

TEST_F(DashboardTest, passes_errors_of_the_query_api_through) {
  const std::vector<Answer> answers = ask({{"/api/traces/abc"}});
  EXPECT_EQ(answers.at(0).status, 404);
  EXPECT_NE(answers.at(0).body.find("trace not found"), std::string::npos);
}

TEST_F(DashboardTest, lets_no_path_lead_to_other_places_of_the_trace_store) {
  const std::vector<Answer> answers =
      ask({{"/api/services/..%2F..%2Fmetrics%3Fx/operations"}, {"/api/traces/..%2Fx"}, {"/api/lineage/..%2F..%2Fx"}});
  EXPECT_EQ(answers.at(0).body, R"({"target":"/api/services/..%2F..%2Fmetrics%3Fx/operations"})");
  EXPECT_EQ(answers.at(1).body, R"({"target":"/api/traces/..%2Fx"})");
  EXPECT_EQ(answers.at(2).body, R"({"target":"/api/lineage/..%2F..%2Fx"})");
}

TEST_F(DashboardTest, answers_503_while_the_trace_store_cannot_be_reached) {
  Runtime runtime({.workers = 1});
  // Nobody listens on the discard port.
  const Result<std::vector<Answer>> answers =
      runtime.run([&] { return ask_dashboard({{"/api/services"}}, one_user, "http://127.0.0.1:9", nullptr); });
  ASSERT_TRUE(answers.has_value()) << answers.error().to_string();
  EXPECT_EQ(answers->at(0).status, 503);
  EXPECT_NE(answers->at(0).body.find("the trace store at 127.0.0.1:9 cannot be reached"), std::string::npos);
}

TEST_F(DashboardTest, passes_an_answer_on_while_it_is_still_being_made) {
  Runtime runtime({.workers = 1});
  const Result<> ran = runtime.run([&]() -> Task<> {
    Event seen;
    http::Server store([&seen](http::Request) -> Task<http::Response> {
      co_return http::Response::stream(200, {}, [&seen](http::BodyWriter body) -> Task<> {
        co_await body.write("first");
        // Only a client that has the first part lets the second follow.
        co_await seen.wait();
        co_await body.write("second");
      });
    });
    const std::string store_url = co_await dashboard_listen(store);
    std::unique_ptr<Dashboard> dashboard = co_await Dashboard::make({.page_directory = page_.directory(),
                                                                     .read_registry = one_user,
                                                                     .trace_query = store_url,
                                                                     .ask_health = false});
    net::Address address = co_await dashboard->listen(co_await net::Address::from_ip("127.0.0.1", 0));
    const std::string url = "http://" + address.to_string();
    http::Client client;
    http::Response response = co_await client.get(url + "/api/services");
    std::optional<std::string> first = co_await response.body.read();
    EXPECT_EQ(first, "first");
    seen.set();
    std::string rest = co_await response.body.read_all(kMaxTestBodyBytes);
    EXPECT_EQ(rest, "second");
    co_await dashboard->stop(1s);
    co_await store.stop(1s);
  });
  EXPECT_TRUE(ran.has_value()) << ran.error().to_string();
}

TEST_F(DashboardTest, serves_the_page_and_gives_unknown_parts_of_the_api_404) {
  page_.write_usual();
  const std::vector<Answer> answers = ask({{"/"},
                                           {"/assets/index-Bq3xkT1a.js"},
                                           {"/api/unknown", "GET", "text/html"},
                                           {"/api"},
                                           {"/anywhere", "GET", "text/html"}});
  EXPECT_EQ(answers.at(0).body, "<title>Skerry</title>");
  EXPECT_EQ(answers.at(1).body, "start()");
  EXPECT_EQ(answers.at(2).status, 404);
  EXPECT_NE(answers.at(2).body.find(R"("code":"NOT_FOUND")"), std::string::npos);
  EXPECT_EQ(answers.at(3).status, 404);
  EXPECT_EQ(answers.at(4).body, "<title>Skerry</title>");
}

TEST_F(DashboardTest, answers_head_without_a_body_and_other_methods_with_405) {
  page_.write_usual();
  const std::vector<Answer> answers = ask({{"/", "HEAD"},
                                           {"/api/registry/services", "HEAD"},
                                           {"/api/registry/services", "POST"},
                                           {"/api/traces", "DELETE"}});
  EXPECT_EQ(answers.at(0).status, 200);
  EXPECT_EQ(answers.at(0).body, "");
  EXPECT_EQ(answers.at(1).status, 200);
  EXPECT_EQ(answers.at(1).body, "");
  for (const std::size_t index : {2, 3}) {
    EXPECT_EQ(answers.at(index).status, 405);
    EXPECT_TRUE(answers.at(index).headers.get("allow").value_or("").starts_with("GET"));
  }
}

TEST_F(DashboardTest, has_no_admin_endpoints_of_services) {
  page_.write_usual();
  for (const Answer& answer : ask({{"/metrics"}, {"/debug/tasks"}, {"/api/registry/services/metrics"}})) {
    EXPECT_EQ(answer.status, 404);
  }
}

TEST_F(DashboardTest, is_not_made_before_something_that_is_no_url) {
  const auto made = Dashboard::make({.page_directory = {}, .read_registry = one_user, .trace_query = "localhost"});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), Code::kInvalidArgument);
}

TEST_F(DashboardTest, is_not_made_without_a_registry) {
  const auto made = Dashboard::make({.page_directory = {}, .read_registry = {}, .trace_query = "http://127.0.0.1:1"});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code(), Code::kInvalidArgument);
}

TEST_F(DashboardTest, tells_the_health_of_what_is_registered_and_stops_while_it_asks) {
  Runtime runtime({.workers = 2});
  const Result<> ran = runtime.run([&]() -> Task<> {
    Event never;
    http::Server ready([](http::Request) -> Task<http::Response> { co_return http::text("ok"); });
    http::Server silent([&never](http::Request) -> Task<http::Response> {
      co_await never.wait();
      co_return http::text("too late");
    });
    const std::string ready_url = co_await dashboard_listen(ready);
    const std::string silent_url = co_await dashboard_listen(silent);
    const auto entry = [](std::string id, std::string_view url) {
      const discovery::Instance instance{.id = std::move(id), .service = "user", .address = std::string(url.substr(7))};
      return RegistryEntry{.key = discovery::instance_key(instance), .value = to_json(instance)};
    };
    const std::vector<RegistryEntry> entries{entry("user-1", ready_url), entry("user-2", silent_url)};
    std::unique_ptr<Dashboard> dashboard =
        co_await Dashboard::make({.page_directory = page_.directory(),
                                  .read_registry = [&entries] { return these(entries); },
                                  .trace_query = "http://127.0.0.1:9"});
    net::Address address = co_await dashboard->listen(co_await net::Address::from_ip("127.0.0.1", 0));
    http::Client client;
    const Answer answer = co_await send(client, "http://" + address.to_string(), {"/api/registry/services"});
    EXPECT_NE(answer.body.find(R"("weight":1,"health":"ready")"), std::string::npos) << answer.body;
    co_await dashboard->stop(5s);
    dashboard.reset();
    co_await ready.stop(1s);
    co_await silent.stop(1s);
  });
  EXPECT_TRUE(ran.has_value()) << ran.error().to_string();
}

}  // namespace
}  // namespace skerry::platform::dashboard
