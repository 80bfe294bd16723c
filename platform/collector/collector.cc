// SPDX-License-Identifier: Apache-2.0
#include "platform/collector/collector.h"

#include "platform/collector/otlp_decode.h"
#include "skerry/async/blocking.h"

namespace skerry::platform::collector {
namespace {

http::ServerOptions otlp_server_options() {
  http::ServerOptions options;
  // More than is taken, so that what is a little too large is refused in the words of its protocol.
  options.max_body_bytes = 2 * kMaxExportBytes;
  return options;
}

}  // namespace

Task<std::unique_ptr<Collector>> Collector::open(CollectorOptions options) {
  std::unique_ptr<TraceStore> store =
      co_await blocking([data = options.data, limits = options.store] { return TraceStore::open(data, limits); });
  co_return std::make_unique<Collector>(std::move(store), std::move(options));
}

Collector::Collector(std::unique_ptr<TraceStore> store, CollectorOptions options)
    : options_(std::move(options)),
      store_(std::move(store)),
      receiver_(*store_, options_.receiver),
      query_api_(*store_),
      otlp_server_([this](http::Request request) { return receiver_.handle(std::move(request)); },
                   otlp_server_options()),
      query_server_(query_routes_.handler()) {
  query_api_.add_routes(query_routes_);
  register_metrics(telemetry::current().metrics());
}

Collector::~Collector() = default;

Task<CollectorEndpoints> Collector::listen() {
  telemetry::AttachTelemetry unobserved(telemetry::Telemetry::none());
  CollectorEndpoints endpoints{options_.otlp_grpc, options_.otlp_http, options_.query};
  endpoints.otlp_grpc = co_await otlp_server_.listen(options_.otlp_grpc);
  endpoints.otlp_http = co_await otlp_server_.listen(options_.otlp_http);
  endpoints.query = co_await query_server_.listen(options_.query);
  co_return endpoints;
}

Task<> Collector::stop(std::chrono::nanoseconds limit) {
  co_await otlp_server_.stop(limit);
  co_await query_server_.stop(limit);
}

void Collector::register_metrics(telemetry::Metrics& metrics) {
  using Statistics = TraceStoreStatistics;
  const auto spans = [&](std::string_view outcome, std::uint64_t Statistics::* member) {
    metrics_.push_back(
        metrics.counter_callback("skerry_collector_spans_total", "Spans by what became of them", {{"outcome", outcome}},
                                 [this, member] { return static_cast<double>(store_->statistics().*member); }));
  };
  spans("accepted", &Statistics::accepted_spans);
  spans("rejected", &Statistics::rejected_spans);
  spans("forgotten", &Statistics::forgotten_spans);
  metrics_.push_back(metrics.counter_callback("skerry_collector_refused_exports_total",
                                              "Export requests that were told to come back later", {},
                                              [this] { return static_cast<double>(receiver_.refused()); }));
  metrics_.push_back(metrics.gauge_callback("skerry_collector_stored_spans", "Spans in the trace store", {},
                                            [this] { return static_cast<double>(store_->statistics().stored_spans); }));
  metrics_.push_back(metrics.gauge_callback("skerry_collector_stored_bytes", "Size of the trace store's files", {},
                                            [this] { return static_cast<double>(store_->statistics().stored_bytes); }));
}

}  // namespace skerry::platform::collector
