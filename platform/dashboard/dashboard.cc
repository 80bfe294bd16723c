// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/dashboard.h"

#include <utility>

#include "platform/dashboard/response.h"
#include "skerry/async/timeout.h"
#include "skerry/base/check.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::platform::dashboard {

Result<std::unique_ptr<Dashboard>> Dashboard::make(DashboardOptions options) {
  if (!options.read_registry) return fail(Error::invalid_argument("the dashboard has no registry to read"));
  Result<http::Uri> trace_query = http::Uri::parse(options.trace_query);
  if (!trace_query) return fail(std::move(trace_query).error().annotate("the trace query server's URL"));
  return std::unique_ptr<Dashboard>(new Dashboard(std::move(options), *std::move(trace_query)));
}

Dashboard::Dashboard(DashboardOptions options, http::Uri trace_query)
    : options_(std::move(options)),
      page_(options_.page_directory),
      traces_(client_, std::move(trace_query)),
      health_(client_),
      server_(routes_.handler()) {
  add_routes();
}

void Dashboard::add_routes() {
  const auto add = [this](std::string_view pattern, http::Handler handler) {
    const Result<> added = routes_.add("GET", pattern, std::move(handler));
    SKERRY_CHECK(added.has_value(), "a route of the dashboard's own is not valid");
  };
  const auto pass = [this](std::string path) {
    return [this, path = std::move(path)](http::Request request) { return traces_.pass_on(std::move(request), path); };
  };
  add("/api/registry/services", [this](http::Request) { return registry_services(); });
  add("/api/services", pass("/api/services"));
  add("/api/operations", pass("/api/operations"));
  add("/api/dependencies", pass("/api/dependencies"));
  add("/api/traces", pass("/api/traces"));
  // The variables are encoded again, so that what they hold stays one segment of the path.
  add("/api/services/{service}/operations", [this](http::Request request) {
    std::string path = "/api/services/" + http::percent_encode(request.param("service")) + "/operations";
    return traces_.pass_on(std::move(request), std::move(path));
  });
  const auto pass_id = [this](std::string path) {
    return [this, path = std::move(path)](http::Request request) {
      std::string target = path + http::percent_encode(request.param("id"));
      return traces_.pass_on(std::move(request), std::move(target));
    };
  };
  add("/api/traces/{id}", pass_id("/api/traces/"));
  add("/api/lineage/{id}", pass_id("/api/lineage/"));
  add("/api/{rest...}", [](http::Request request) -> Task<http::Response> { co_return http::not_found(request); });
  add("/{path...}", [this](http::Request request) { return page_.serve(std::move(request)); });
}

Task<net::Address> Dashboard::listen(net::Address address) {
  telemetry::AttachTelemetry unobserved(telemetry::Telemetry::none());
  co_return co_await server_.listen(address);
}

Task<> Dashboard::stop(std::chrono::nanoseconds limit) {
  co_await server_.stop(limit);
  co_await health_.close();
}

Task<http::Response> Dashboard::registry_services() {
  Result<std::vector<RegistryEntry>> entries =
      co_await with_timeout(kRegistryTimeout, options_.read_registry()).result();
  if (!entries) {
    co_return Error::unavailable("the registry cannot be read: {}", entries.error().message())
        .caused_by(std::move(entries).error());
  }
  RegistryView view = view_of(*entries);
  if (options_.ask_health) view = co_await health_.fill(std::move(view));
  co_return current_json(to_json(view));
}

}  // namespace skerry::platform::dashboard
