// SPDX-License-Identifier: Apache-2.0
//
// Collector: the server `skerry collector`: OTLP in over gRPC (4317) and HTTP (4318), traces kept on disk under quotas,
// Jaeger's query API out (16686).
//
//   std::unique_ptr<Collector> collector = co_await Collector::open({.data = "/var/lib/skerry/traces"});
//   co_await collector->listen();
//   ...
//   co_await collector->stop(5s);
//
// What the collector itself does is not traced: exporting the spans of an export would have no end.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "platform/collector/otlp_receiver.h"
#include "platform/collector/query_api.h"
#include "platform/collector/trace_store.h"
#include "skerry/async/task.h"
#include "skerry/http/routes.h"
#include "skerry/http/server.h"
#include "skerry/net/address.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::platform::collector {

struct CollectorOptions {
  /// The directory of the trace store.
  std::filesystem::path data;
  net::Address otlp_grpc = *net::Address::from_ip("127.0.0.1", 4317);
  net::Address otlp_http = *net::Address::from_ip("127.0.0.1", 4318);
  net::Address query = *net::Address::from_ip("127.0.0.1", 16686);
  TraceStoreOptions store = {};
  OtlpReceiverOptions receiver = {};
};

/// Where the collector listens: the addresses of the options, with the ports that the system chose for port 0.
struct CollectorEndpoints {
  net::Address otlp_grpc;
  net::Address otlp_http;
  net::Address query;
};

class Collector {
 public:
  /// Opens the store. Fails as TraceStore::open.
  static Task<std::unique_ptr<Collector>> open(CollectorOptions options);
  Collector(std::unique_ptr<TraceStore> store, CollectorOptions options);
  /// Precondition: stopped, or never listened.
  ~Collector();
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;

  /// Listens on the three addresses. FAILED_PRECONDITION when a port is taken; what listens by then is to be stopped.
  /// Both OTLP ports answer both of OTLP's protocols.
  Task<CollectorEndpoints> listen();
  /// Finishes the requests in flight, for at most `limit`.
  Task<> stop(std::chrono::nanoseconds limit);

  /// For other servers that answer the same queries, such as the dashboard. Valid as long as the collector.
  const QueryApi& query_api() const { return query_api_; }
  const TraceStore& store() const { return *store_; }

 private:
  void register_metrics(telemetry::Metrics& metrics);

  const CollectorOptions options_;
  const std::unique_ptr<TraceStore> store_;
  OtlpReceiver receiver_;
  const QueryApi query_api_;
  http::Routes query_routes_;
  http::Server otlp_server_;
  http::Server query_server_;
  std::vector<telemetry::MetricCallback> metrics_;
};

}  // namespace skerry::platform::collector
