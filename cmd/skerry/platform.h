// SPDX-License-Identifier: Apache-2.0
//
// Platform: the servers of the binary in one process: registry, trace collector, dashboard, gateway, and one admin
// listener. They know each other by their ports alone, as they would apart.
//
//   std::unique_ptr<Platform> platform = co_await Platform::start(std::move(options));
//   scope.go([&]() -> Task<> { co_await platform->run(); });
//   ...
//   co_await platform->stop_gateway(10s);          // then whatever the gateway called
//   co_await platform->stop();
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmd/skerry/endpoints_file.h"
#include "cmd/skerry/terminal.h"

#include "platform/collector/collector.h"
#include "platform/dashboard/dashboard.h"
#include "platform/etcd/server.h"
#include "platform/gateway/gateway.h"
#include "platform/kafka/server.h"
#include "skerry/async/sync.h"
#include "skerry/discovery/directory.h"
#include "skerry/discovery/instance.h"
#include "skerry/discovery/registrar.h"
#include "skerry/otlp/exporter.h"
#include "skerry/service/admin_routes.h"
#include "skerry/telemetry/runtime_metrics.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::cmd {

/// The ports that the platform listens on, on 127.0.0.1; 0 is a free one.
struct PlatformPorts {
  std::uint16_t gateway = 8080;
  std::uint16_t dashboard = 8000;
  std::uint16_t etcd = 2379;
  std::uint16_t kafka = 9092;
  std::uint16_t otlp_grpc = 4317;
  std::uint16_t otlp_http = 4318;
  std::uint16_t trace_query = 16686;

  static PlatformPorts free() { return {0, 0, 0, 0, 0, 0, 0}; }
};

struct PlatformOptions {
  /// Each server has a directory of its own in it.
  std::filesystem::path data;
  PlatformPorts ports = {};
  /// The URL of a registry elsewhere; without one there is one here.
  std::optional<std::string> etcd;
  /// host:port of an event broker elsewhere; without one there is one here.
  std::optional<std::string> kafka;
  std::vector<platform::gateway::Route> routes;
  /// The dashboard's page; need not exist.
  std::filesystem::path page;
  std::shared_ptr<Terminal> terminal;
};

/// Belongs to the worker that started it.
class Platform {
 public:
  /// Starts all servers. What fails says which server, and what to do; what listens by then is stopped again.
  static Task<std::unique_ptr<Platform>> start(PlatformOptions options);
  ~Platform();
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  const Endpoints& endpoints() const { return endpoints_; }
  discovery::Directory& directory() { return *directory_; }
  /// The URL of the registry.
  const std::string& etcd() const { return endpoints_.etcd; }

  /// The registry's work, following it, and the gateway's registration, until stop(). Fails when one of them fails.
  Task<> run();
  /// Takes no more requests from outside and finishes those in flight, for at most `limit`.
  Task<> stop_gateway(std::chrono::nanoseconds limit);
  /// Stops everything else, the registry last.
  Task<> stop();

 private:
  explicit Platform(PlatformOptions options);
  Task<> open();
  Task<> open_registry();
  Task<> open_broker();
  Task<> open_collector();
  Task<> open_gateway();
  Task<> open_dashboard();
  Task<> open_admin();
  Task<> register_gateway();

  const PlatformOptions options_;
  Endpoints endpoints_;
  discovery::Instance gateway_instance_;
  // The gateway is what requests see of the platform, so its telemetry is its own.
  std::unique_ptr<telemetry::Telemetry> gateway_telemetry_;
  Readiness readiness_;
  http::Routes admin_routes_;
  std::shared_ptr<etcd::Client> registry_;
  std::shared_ptr<discovery::Directory> directory_;

  std::unique_ptr<platform::etcd::Server> etcd_;
  std::unique_ptr<platform::kafka::Server> kafka_;
  std::unique_ptr<platform::collector::Collector> collector_;
  std::unique_ptr<otlp::Exporter> exporter_;
  std::unique_ptr<platform::gateway::Gateway> gateway_;
  std::unique_ptr<platform::dashboard::Dashboard> dashboard_;
  std::unique_ptr<http::Server> admin_server_;
  std::vector<telemetry::MetricCallback> metrics_;
  Event stopping_;
};

}  // namespace skerry::cmd
