// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/admin_routes.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>

#include "skerry/async/runtime.h"

namespace skerry {

namespace {

// A service that answers the path itself keeps its route, so a refusal is no failure.
void add_if_free(http::Routes& routes, std::string_view pattern, http::Handler handler) {
  (void)routes.add("GET", pattern, std::move(handler));
}

Task<http::Response> list_tasks() {
  std::vector<TaskInfo> tasks = co_await Runtime::current().tasks();
  const std::size_t total = tasks.size();
  if (tasks.size() > kMaxListedTasks) tasks.resize(kMaxListedTasks);
  boost::json::array list;
  for (const TaskInfo& task : tasks) {
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(task.age).count();
    list.push_back(boost::json::object{
        {"id", task.id}, {"name", task.name}, {"worker", task.worker}, {"state", task.state}, {"age_ms", age}});
  }
  co_return http::json(boost::json::serialize(boost::json::object{{"total", total}, {"tasks", std::move(list)}}));
}

}  // namespace

void add_health_routes(http::Routes& routes, telemetry::Telemetry& telemetry, const Readiness& readiness) {
  add_if_free(routes, "/metrics", [&telemetry](http::Request) -> Task<http::Response> {
    http::Response response = http::text(telemetry.metrics().text());
    response.headers.set("content-type", std::string(telemetry::kMetricsContentType));
    co_return std::move(response);
  });
  add_if_free(routes, "/health",
              [](http::Request) -> Task<http::Response> { co_return http::json(R"({"status":"ok"})"); });
  add_if_free(routes, "/ready", [&readiness](http::Request) -> Task<http::Response> {
    const Readiness::State state = readiness.state();
    co_return http::json(state.json(), state.ready ? 200 : 503);
  });
}

void add_debug_routes(http::Routes& routes) {
  add_if_free(routes, "/debug/tasks", [](http::Request) { return list_tasks(); });
}

}  // namespace skerry
