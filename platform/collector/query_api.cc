// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/query_api.h"

#include <charconv>
#include <chrono>

#include "platform/collector/flow_trace.h"
#include "platform/collector/jaeger_json.h"
#include "platform/collector/lineage.h"
#include "platform/collector/lineage_json.h"
#include "skerry/async/blocking.h"
#include "skerry/base/check.h"
#include "skerry/http/http_error.h"
#include "skerry/http/uri.h"

namespace skerry::platform::collector {
namespace {

constexpr std::uint64_t kNanosPerMilli = 1'000'000;
/// What Jaeger's page looks back at when it says nothing else.
constexpr std::uint64_t kDefaultLookback = 7ULL * 24 * 3600 * 1000;
constexpr std::string_view kBadTraceId = "a trace id has at most 32 hexadecimal digits and is not zero";
constexpr std::string_view kNoTrace = "trace not found";

http::Response answer_error(int status, std::string_view message) {
  return http::json(jaeger_error(status, message), status);
}
http::Response answer_error(const Error& error) { return answer_error(http::status_of(error), error.message()); }

std::uint64_t now_nanoseconds() {
  return static_cast<std::uint64_t>(
      std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
}

// A number of milliseconds; `otherwise` where the parameter is missing or empty.
Result<std::uint64_t> milliseconds(const http::Query& query, std::string_view name, std::uint64_t otherwise) {
  const std::string_view text = query.get(name).value_or("");
  if (text.empty()) return otherwise;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() ||
      number > std::numeric_limits<std::uint64_t>::max() / kNanosPerMilli) {
    return fail(Error::invalid_argument("parameter '{}': expected milliseconds, got '{}'", name, text));
  }
  return number;
}

struct DependencyRange {
  std::uint64_t from;
  std::uint64_t to;
};

Result<DependencyRange> dependency_range(std::string_view text) {
  Result<http::Query> query = http::Query::parse(text);
  if (!query) return fail(std::move(query));
  Result<std::uint64_t> end = milliseconds(*query, "endTs", now_nanoseconds() / kNanosPerMilli + 1);
  if (!end) return fail(std::move(end));
  Result<std::uint64_t> lookback = milliseconds(*query, "lookback", kDefaultLookback);
  if (!lookback) return fail(std::move(lookback));
  const std::uint64_t start = *end > *lookback ? *end - *lookback : 0;
  return DependencyRange{start * kNanosPerMilli, *end * kNanosPerMilli};
}

Result<TraceRequest> trace_request_of(std::string_view text) {
  Result<http::Query> query = http::Query::parse(text);
  if (!query) return fail(std::move(query));
  return parse_trace_request(query->parameters(), now_nanoseconds());
}

// On the blocking pool, where both reading and writing JSON belong.
std::string run_trace_request(const TraceStore& store, const TraceRequest& request) {
  if (request.ids.empty()) return jaeger_traces(store.search(request.query), request.query.limit);
  std::vector<StoredTrace> traces;
  for (const telemetry::TraceId& id : request.ids) {
    if (std::optional<StoredTrace> trace = store.find(id)) traces.push_back(*std::move(trace));
  }
  return jaeger_traces(traces, 0);
}

}  // namespace

void QueryApi::add_routes(http::Routes& routes) const {
  using Method = Task<http::Response> (QueryApi::*)(http::Request) const;
  const auto add = [&](std::string_view pattern, Method method) {
    const Result<> added = routes.add(
        "GET", pattern, [this, method](http::Request request) { return (this->*method)(std::move(request)); });
    SKERRY_CHECK(added.has_value(), "the route is there already");
  };
  add("/api/traces", &QueryApi::traces);
  add("/api/traces/{id}", &QueryApi::trace);
  add("/api/lineage/{id}", &QueryApi::lineage);
  add("/api/services", &QueryApi::services);
  add("/api/services/{service}/operations", &QueryApi::operation_names);
  add("/api/operations", &QueryApi::operations);
  add("/api/dependencies", &QueryApi::dependencies);
}

Task<http::Response> QueryApi::trace(http::Request request) const {
  const std::optional<telemetry::TraceId> id = parse_trace_id(request.param("id"));
  if (!id) co_return answer_error(400, kBadTraceId);
  const std::string body = co_await blocking([&store = store_, id = *id] {
    std::vector<StoredTrace> traces;
    if (std::optional<StoredTrace> trace = store.find(id)) traces.push_back(*std::move(trace));
    return traces.empty() ? std::string() : jaeger_traces(traces, 0);
  });
  if (body.empty()) co_return answer_error(404, kNoTrace);
  co_return http::json(body);
}

Task<http::Response> QueryApi::lineage(http::Request request) const {
  const std::optional<telemetry::TraceId> id = parse_trace_id(request.param("id"));
  if (!id) co_return answer_error(400, kBadTraceId);
  const std::string body = co_await blocking([&store = store_, id = *id] {
    const std::vector<StoredTrace> traces = traces_of_flow(store, id);
    return traces.empty() ? std::string() : lineage_json(lineage_of(traces));
  });
  if (body.empty()) co_return answer_error(404, kNoTrace);
  co_return http::json(body);
}

Task<http::Response> QueryApi::traces(http::Request request) const {
  const Result<TraceRequest> wanted = trace_request_of(request.query());
  if (!wanted) co_return answer_error(wanted.error());
  std::string body =
      co_await blocking([&store = store_, wanted = *wanted] { return run_trace_request(store, wanted); });
  co_return http::json(std::move(body));
}

Task<http::Response> QueryApi::services(http::Request) const {
  co_return http::json(jaeger_services(store_.services()));
}

Task<http::Response> QueryApi::operation_names(http::Request request) const {
  co_return http::json(jaeger_operation_names(store_.operations(request.param("service"))));
}

Task<http::Response> QueryApi::operations(http::Request request) const {
  const Result<http::Query> query = http::Query::parse(request.query());
  if (!query) co_return answer_error(query.error());
  const std::string service(query->get("service").value_or(""));
  if (service.empty()) co_return answer_error(400, "parameter 'service': expected the name of a service");
  co_return http::json(jaeger_operations(store_.operations(service), query->get("spanKind").value_or("")));
}

Task<http::Response> QueryApi::dependencies(http::Request request) const {
  const Result<DependencyRange> range = dependency_range(request.query());
  if (!range) co_return answer_error(range.error());
  std::string body = co_await blocking(
      [&store = store_, range = *range] { return jaeger_dependencies(store.service_calls(range.from, range.to)); });
  co_return http::json(std::move(body));
}

}  // namespace skerry::platform::collector
