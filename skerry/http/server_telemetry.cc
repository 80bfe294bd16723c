// SPDX-License-Identifier: Apache-2.0
#include "skerry/http/server_telemetry.h"

#include <array>
#include <functional>

#include "skerry/http/trace.h"
#include "skerry/telemetry/in_span.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::http::internal {
namespace {

constexpr std::array<std::string_view, 9> kMethods{"GET",  "POST",    "PUT",     "DELETE", "PATCH",
                                                   "HEAD", "OPTIONS", "CONNECT", "TRACE"};
constexpr std::string_view kOtherMethod = "_OTHER";

bool is_grpc(const Request& request) {
  return request.headers.get("content-type").value_or("").starts_with("application/grpc");
}

std::string_view protocol_version(Version version) {
  switch (version) {
    case Version::kHttp10:
      return "1.0";
    case Version::kHttp11:
      return "1.1";
    case Version::kHttp2:
      return "2";
  }
  return "";
}

}  // namespace

std::string_view method_label(std::string_view method) {
  for (const std::string_view known : kMethods) {
    if (method == known) return known;
  }
  return kOtherMethod;
}

ServerTelemetry::ServerTelemetry(telemetry::Telemetry& telemetry)
    : telemetry_(telemetry),
      durations_(telemetry.metrics().histograms("http_server_request_duration_seconds",
                                                "Time from a request's head to the end of its response",
                                                {"http_request_method", "http_route", "http_response_status_code"})) {}

std::size_t ServerTelemetry::SeriesHash::operator()(SeriesView series) const {
  const std::hash<std::string_view> hash;
  return (hash(series.route) * 31 + hash(series.method)) * 31 + static_cast<std::size_t>(series.status);
}

void ServerTelemetry::observe(std::string_view method, std::string_view route, int status,
                              std::chrono::nanoseconds duration) {
  const auto found = known_.find(SeriesView(method, route, status));
  if (found != known_.end()) return found->second.observe(duration);
  const std::string status_text = status > 0 ? std::to_string(status) : std::string();
  telemetry::Histogram histogram = durations_.with({method, route, status_text});
  histogram.observe(duration);
  if (known_.size() >= telemetry::kMaxSeriesPerMetric) return;
  known_.emplace(Series{std::string(method), std::string(route), status}, histogram);
}

RequestRecord::RequestRecord(ServerTelemetry& server, Request& request)
    : server_(server), method_(method_label(request.method)), version_(request.version) {
  is_recorded_ = !is_grpc(request);
  // The object may have been an earlier request's, which had a record of its own.
  request.observe_route(is_recorded_ ? &route_ : nullptr);
  if (!is_recorded_) return;
  if (std::optional<telemetry::Baggage> baggage = extract_baggage(request.headers)) {
    baggage_.emplace(std::move(*baggage));
  }
  span_.emplace(server.telemetry(), telemetry::SpanName::outliving(method_),
                telemetry::SpanOptions{
                    .kind = telemetry::SpanKind::kServer, .parent = extract_span(request.headers), .new_trace = true});
  if (!span_->recording()) return;
  path_ = request.path();
  if (request.connection) peer_ = request.connection->peer;
}

RequestRecord::~RequestRecord() {
  if (!is_recorded_) return;
  server_.observe(method_, route_, status_, std::chrono::steady_clock::now() - start_);
  finish_span();
}

void RequestRecord::record_panic(const std::exception_ptr& caught) {
  if (span_) telemetry::internal::record_caught_panic(*span_, caught, "http handler");
}

void RequestRecord::set_response(Response& response) {
  status_ = response.status;
  if (is_recorded_) add_trace_id(response.headers);
}

void RequestRecord::finish_span() {
  if (status_ >= 500) span_->fail(std::to_string(status_), reason_phrase(status_));
  if (aborted_) span_->fail("aborted", "the response's body was cut off");
  if (!span_->recording()) return;
  if (!route_.empty()) {
    span_->rename(std::string(method_) + " " + route_);
    span_->set("http.route", route_);
  }
  span_->set("http.request.method", method_);
  span_->set("network.protocol.version", protocol_version(version_));
  if (!path_.empty()) span_->set("url.path", path_);
  if (!peer_.empty()) span_->set("network.peer.address", peer_);
  if (status_ > 0) {
    span_->set("http.response.status_code", status_);
  } else {
    span_->set("error.type", "cancelled");
  }
}

Response refusal_response(ServerTelemetry& server, const Error& error) {
  // Outside of a handler this is a trace of its own: the answer has an id to ask for.
  telemetry::Span span(server.telemetry(), telemetry::SpanName::outliving(kOtherMethod),
                       {.kind = telemetry::SpanKind::kServer});
  Response response = error_response(error);
  add_trace_id(response.headers);
  if (response.status >= 500) span.fail(std::to_string(response.status), error.message());
  span.set("http.request.method", kOtherMethod);
  span.set("http.response.status_code", response.status);
  server.observe(kOtherMethod, "", response.status, std::chrono::nanoseconds(0));
  return response;
}

}  // namespace skerry::http::internal
