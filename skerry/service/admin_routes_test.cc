// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/admin_routes.h"

#include <gtest/gtest.h>

#include "skerry/async/runtime.h"

namespace skerry {
namespace {

struct AdminAnswer {
  int status = 0;
  std::string type;
  std::string body;
};

class AdminRoutes : public ::testing::Test {
 protected:
  AdminAnswer get(std::string path) {
    Runtime runtime({.workers = 1});
    Result<AdminAnswer> answer = runtime.run([&]() -> Task<AdminAnswer> {
      http::RequestHead head{.method = "GET", .target = path, .authority = "localhost"};
      http::Response response = co_await routes_.handle(http::Request(std::move(head)));
      std::string body = co_await response.body.read_all(std::size_t{1} << 20);
      const auto type = response.headers.get("content-type");
      co_return AdminAnswer{response.status, std::string(type.value_or("")), std::move(body)};
    });
    EXPECT_TRUE(answer);
    return answer ? *answer : AdminAnswer{};
  }

  telemetry::Telemetry telemetry_{{.service = "test", .log = {.target = telemetry::LogTarget::kNone}}};
  Readiness readiness_;
  http::Routes routes_;
};

TEST_F(AdminRoutes, ready_is_503_with_the_reason_until_it_is_so) {
  Live<bool> registered = readiness_.add("registered");
  add_health_routes(routes_, telemetry_, readiness_);
  EXPECT_EQ(get("/ready").status, 503);
  EXPECT_NE(get("/ready").body.find(R"("registered":false)"), std::string::npos);
  registered.set(true);
  EXPECT_EQ(get("/ready").status, 200);
  readiness_.stop();
  EXPECT_EQ(get("/ready").status, 503);
  EXPECT_EQ(get("/health").status, 200) << "a process that stops still lives";
}

TEST_F(AdminRoutes, metrics_are_prometheus_text) {
  telemetry_.metrics().counter("orders_total", "Orders").increment();
  add_health_routes(routes_, telemetry_, readiness_);
  const AdminAnswer answer = get("/metrics");
  EXPECT_EQ(answer.type, telemetry::kMetricsContentType);
  EXPECT_NE(answer.body.find("\norders_total 1\n"), std::string::npos);
}

TEST_F(AdminRoutes, a_service_s_own_route_stays) {
  ASSERT_TRUE(routes_.add("GET", "/health",
                          [](http::Request) -> Task<http::Response> { co_return http::text("as I like it"); }));
  add_health_routes(routes_, telemetry_, readiness_);
  EXPECT_EQ(get("/health").body, "as I like it");
  EXPECT_EQ(get("/ready").status, 200);
}

TEST_F(AdminRoutes, tasks_are_listed_with_what_they_wait_for) {
  add_debug_routes(routes_);
  const AdminAnswer answer = get("/debug/tasks");
  EXPECT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("name":"main")"), std::string::npos) << answer.body;
  EXPECT_NE(answer.body.find(R"("state":)"), std::string::npos);
}

}  // namespace
}  // namespace skerry
