// SPDX-License-Identifier: Apache-2.0
#include "platform/gateway/gateway.h"

#include <optional>
#include <string>
#include <utility>

#include "platform/gateway/forwarded_head.h"
#include "platform/gateway/path.h"
#include "skerry/grpc/status.h"
#include "skerry/http/http_error.h"
#include "skerry/telemetry/span.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::platform::gateway {
namespace {

constexpr std::string_view kTraceIdField = "x-trace-id";

/// The one value of a field; empty where there is none or more than one.
std::string_view single(const http::Headers& headers, std::string_view name) {
  return headers.get_all(name).size() == 1 ? *headers.get(name) : std::string_view();
}

telemetry::SpanContext caller_of(const http::Headers& headers) {
  return telemetry::parse_trace_headers(single(headers, "traceparent"), single(headers, "tracestate"))
      .value_or(telemetry::SpanContext());
}

/// How a gRPC client hears of an error: HTTP itself went well. What no route has is a method that does not exist, as
/// gRPC reads 404 too.
http::Response grpc_error_response(const Error& error) {
  const int status = http::status_of(error);
  const Code code = status == 404 || status == 405 ? Code::kUnimplemented : error.code();
  http::Response response(200);
  response.headers.add_validated("content-type", "application/grpc");
  response.trailers.add_validated("grpc-status", grpc::status_text(code));
  response.trailers.add_validated("grpc-message", grpc::encode_status_message(error.message()));
  return response;
}

}  // namespace

/// What belongs to one request until its response is complete.
struct Gateway::Passage {
  Passage(Live<RouteTable>::Snapshot routes, telemetry::Gauge gauge) : table(std::move(routes)), in_flight(gauge) {
    in_flight.add(1);
  }
  ~Passage() { in_flight.subtract(1); }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

  /// The server has a span for every request but those of gRPC and its like, which it leaves to who knows the calls.
  void begin_grpc_span(const http::Headers& headers) {
    if (!headers.get("content-type").value_or("").starts_with("application/grpc")) return;
    grpc_span.emplace(
        telemetry::current(), telemetry::SpanName("gRPC"),
        telemetry::SpanOptions{.kind = telemetry::SpanKind::kServer, .parent = caller_of(headers), .new_trace = true});
  }

  const Live<RouteTable>::Snapshot table;
  telemetry::Gauge in_flight;
  std::string request_id;
  const Route* route = nullptr;
  bool is_grpc = false;
  std::optional<telemetry::Span> grpc_span;
};

Result<std::unique_ptr<Gateway>> Gateway::make(GatewayOptions options) {
  if (!options.resolver) return fail(Error::invalid_argument("a gateway needs a resolver"));
  Result<RouteTable> table = RouteTable::make(std::move(options.routes));
  if (!table) return fail(std::move(table));
  return std::unique_ptr<Gateway>(new Gateway(std::move(options), *std::move(table), telemetry::current().metrics()));
}

Gateway::Gateway(GatewayOptions options, RouteTable table, telemetry::Metrics& metrics)
    : trust_forwarded_(options.trust_forwarded),
      metrics_(metrics),
      table_(std::move(table)),
      forwarder_(options.limits, std::move(options.resolver), std::move(options.balancer), metrics_),
      server_([this](http::Request request) { return handle(std::move(request)); }, options.server) {}

Gateway::~Gateway() = default;

Task<net::Address> Gateway::listen(net::Address address) { return server_.listen(address); }

Task<> Gateway::stop(std::chrono::nanoseconds limit) { return server_.stop(limit); }

Result<> Gateway::set_routes(std::vector<Route> routes) {
  Result<RouteTable> table = RouteTable::make(std::move(routes));
  if (!table) return fail(std::move(table));
  table_.set(*std::move(table));
  return {};
}

Task<http::Response> Gateway::handle(http::Request request) {
  auto passage = std::make_shared<Passage>(table_.get(), metrics_.in_flight());
  passage->request_id = request_id(request.headers);
  passage->is_grpc = is_grpc(request.headers);
  passage->begin_grpc_span(request.headers);
  Result<http::Response> answered = co_await answer(std::move(request), passage).result();
  http::Response response;
  if (answered) {
    response = std::move(*answered);
  } else if (passage->is_grpc) {
    response = grpc_error_response(answered.error());
  } else {
    response = http::error_response(answered.error());
  }
  if (!answered && passage->grpc_span) passage->grpc_span->fail(answered.error());
  // The id was checked, so it is a valid value.
  (void)response.headers.set(kRequestIdField, passage->request_id);
  const telemetry::SpanContext& span = telemetry::current_span();
  if (span.valid()) (void)response.headers.set(kTraceIdField, span.trace_id.to_hex());
  const int status = answered ? response.status : http::status_of(answered.error());
  metrics_.answered(passage->route != nullptr ? std::string_view(passage->route->path_prefix) : kNoRoute, status);
  co_return std::move(response);
}

Task<http::Response> Gateway::answer(http::Request request, std::shared_ptr<Passage> passage) {
  if (is_in_a_circle(request.headers)) co_await http::http_error(508, "the request goes in a circle");
  const std::string path = co_await canonical_path(request.path());
  const RouteTable::Match match = passage->table->find(request.method, path);
  if (match.outcome == RouteTable::Outcome::kNotFound) {
    co_await http::http_error(404, "no route for {} {}", request.method, request.path());
  }
  if (match.outcome == RouteTable::Outcome::kMethodNotAllowed) {
    if (passage->is_grpc) co_await http::http_error(405, "{} is not allowed here", request.method);
    co_return http::method_not_allowed(request, match.allow);
  }
  passage->route = match.route;
  request.set_route(match.route->path_prefix);
  if (passage->grpc_span) passage->grpc_span->rename("POST " + match.route->path_prefix);
  Forwarding forwarding{
      .head = forwarded_request(request, *match.route,
                                {.request_id = passage->request_id, .trust_forwarded = trust_forwarded_}),
      .body = std::move(request.body),
      .is_grpc = passage->is_grpc,
      .route = match.route,
      .keep = passage};
  http::Response response = co_await forwarder_.forward(std::move(forwarding));
  http::ResponseHead& head = response;
  head = returned_response(std::move(head), passage->request_id);
  co_return std::move(response);
}

}  // namespace skerry::platform::gateway
