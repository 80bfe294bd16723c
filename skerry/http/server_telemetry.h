// SPDX-License-Identifier: Apache-2.0
//
// What a server records of its requests, by OpenTelemetry's conventions for HTTP servers: a span for each request,
// below the caller's, and the histogram http.server.request.duration by method, route and status (in Prometheus's
// writing, http_server_request_duration_seconds). gRPC calls are left to grpc/, which knows their names and codes.
// Internal to http/.
#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "skerry/http/message.h"
#include "skerry/telemetry/ambient.h"
#include "skerry/telemetry/metrics.h"
#include "skerry/telemetry/span.h"

namespace skerry::http::internal {

/// The telemetry of one server on one worker, which must not outlive the Telemetry.
class ServerTelemetry {
 public:
  explicit ServerTelemetry(telemetry::Telemetry& telemetry);

  telemetry::Telemetry& telemetry() { return telemetry_; }
  /// Counts a request. `method` as `method_label` gives it; `status` 0 for one that was never answered.
  void observe(std::string_view method, std::string_view route, int status, std::chrono::nanoseconds duration);

 private:
  struct Series {
    std::string method;
    std::string route;
    int status;
  };
  struct SeriesView {
    std::string_view method;
    std::string_view route;
    int status;
    SeriesView(std::string_view by_method, std::string_view by_route, int by_status)
        : method(by_method), route(by_route), status(by_status) {}
    SeriesView(const Series& series) : method(series.method), route(series.route), status(series.status) {}
    friend bool operator==(const SeriesView&, const SeriesView&) = default;
  };
  struct SeriesHash {
    using is_transparent = void;
    std::size_t operator()(SeriesView series) const;
  };
  struct SeriesEqual {
    using is_transparent = void;
    bool operator()(SeriesView a, SeriesView b) const { return a == b; }
  };

  telemetry::Telemetry& telemetry_;
  telemetry::HistogramFamily durations_;
  /// The handles that were used before: looking one up in the registry takes a lock.
  std::unordered_map<Series, telemetry::Histogram, SeriesHash, SeriesEqual> known_;
};

/// The method as spans and metrics write it: "_OTHER" for one that is not registered, so that nobody can make labels.
std::string_view method_label(std::string_view method);

/// One request from its head to the end of its response. Lives in the frame of the task that serves it, and makes its
/// span and the caller's baggage current there.
class RequestRecord {
 public:
  /// Takes from the request what is to be recorded; the record hears of its route, and must outlive the handler's task.
  RequestRecord(ServerTelemetry& server, Request& request);
  ~RequestRecord();
  RequestRecord(const RequestRecord&) = delete;
  RequestRecord& operator=(const RequestRecord&) = delete;

  /// The handler threw this.
  void record_panic(const std::exception_ptr& caught);
  /// The response that goes out: it is given its trace id.
  void set_response(Response& response);
  /// The body was cut off.
  void set_aborted() { aborted_ = true; }

 private:
  void finish_span();

  ServerTelemetry& server_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const std::string_view method_;
  const Version version_;
  std::string route_;
  /// Kept where the span is recorded.
  std::string path_;
  std::string peer_;
  int status_ = 0;
  bool aborted_ = false;
  bool is_recorded_ = true;
  std::optional<telemetry::BaggageGuard> baggage_;
  std::optional<telemetry::Span> span_;
};

/// Answers a request that no handler sees.
Response refusal_response(ServerTelemetry& server, const Error& error);

}  // namespace skerry::http::internal
