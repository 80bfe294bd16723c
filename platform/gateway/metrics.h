// SPDX-License-Identifier: Apache-2.0
//
// What the gateway counts, beside what every HTTP server counts by route and status
// (http_server_request_duration_seconds): gRPC calls are among these, and what happened on the service's side.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "skerry/telemetry/metrics.h"

namespace skerry::platform::gateway {

/// The label of requests that no route has.
inline constexpr std::string_view kNoRoute = "none";

class GatewayMetrics {
 public:
  /// The metrics must outlive this.
  explicit GatewayMetrics(telemetry::Metrics& metrics)
      : requests_(metrics.counters("gateway_requests_total", "Requests that were answered, by route and status",
                                   {"route", "status"})),
        upstream_(metrics.histograms("gateway_upstream_seconds",
                                     "Time from a request to the head of the service's response", {"service"})),
        failures_(metrics.counters("gateway_upstream_failures_total",
                                   "Requests that a service did not answer, by the code of the failure",
                                   {"service", "code"})),
        retries_(metrics.counters("gateway_retries_total", "Requests that were sent to a service again", {"service"})),
        in_flight_(metrics.gauge("gateway_requests_in_flight", "Requests whose response is not complete")) {}

  void answered(std::string_view route, int status) const {
    requests_.with({route, std::to_string(status)}).increment();
  }
  void upstream_answered(std::string_view service, std::chrono::nanoseconds after) const {
    upstream_.with({service}).observe(after);
  }
  void upstream_failed(std::string_view service, std::string_view code) const {
    failures_.with({service, code}).increment();
  }
  void retried(std::string_view service) const { retries_.with({service}).increment(); }
  telemetry::Gauge in_flight() const { return in_flight_; }

 private:
  telemetry::CounterFamily requests_;
  telemetry::HistogramFamily upstream_;
  telemetry::CounterFamily failures_;
  telemetry::CounterFamily retries_;
  telemetry::Gauge in_flight_;
};

}  // namespace skerry::platform::gateway
