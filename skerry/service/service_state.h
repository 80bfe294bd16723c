// SPDX-License-Identifier: Apache-2.0
//
// ServiceState: what is behind Service: the parts, and the order in which they start and stop. Internal to service/.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "skerry/async/scope.h"
#include "skerry/async/signals.h"
#include "skerry/async/sync.h"
#include "skerry/config/registry_source.h"
#include "skerry/discovery/directory.h"
#include "skerry/discovery/registrar.h"
#include "skerry/grpc/services/health.h"
#include "skerry/http/server.h"
#include "skerry/otlp/exporter.h"
#include "skerry/service/admin_routes.h"
#include "skerry/service/service.h"

namespace skerry::internal {

class ServiceState {
 public:
  ServiceState(std::string service, int argc, char** argv);
  ~ServiceState();
  ServiceState(const ServiceState&) = delete;
  ServiceState& operator=(const ServiceState&) = delete;

  using Hook = std::function<Task<>()>;

  const std::string& name() const { return name_; }
  const ServiceOptions& options() const { return options_; }
  telemetry::Telemetry& telemetry() { return *telemetry_; }
  grpc::Server& grpc() { return grpc_; }
  Readiness& readiness() { return readiness_; }
  http::Routes& admin_routes() { return admin_routes_; }
  const std::filesystem::path& data_directory();
  http::Client& http_client();
  std::shared_ptr<grpc::Channel> grpc_channel(std::string service);

  void add_route(std::string_view method, std::string_view pattern, http::Handler handler);
  void add_start_hook(Hook hook) { start_hooks_.push_back(std::move(hook)); }
  void add_stop_hook(Hook hook) { stop_hooks_.push_back(std::move(hook)); }
  void add_background(std::string task_name, Hook task) {
    background_.emplace_back(std::move(task_name), std::move(task));
  }
  void follow_config(config::ConfigKey key, ConfigurationApply apply);

  /// Keeps the first reason why the service cannot start.
  void refuse(Error error);

  int run();

 private:
  void connect_registry();
  std::shared_ptr<discovery::Directory> directory();
  std::shared_ptr<http::Resolver> resolver();

  Task<> serve();
  Task<> serve_observed();
  Task<> start_and_stay(Scope& scope);
  Result<> start_exporter();
  Task<> load_configs(Scope& scope);
  Task<> listen();
  Task<> stay_registered();
  Task<> report_health();
  Task<> stop_serving();
  Task<http::Response> handle(http::Request request);
  /// Runs the task until the stop; its failure stops the service.
  void run_beside(Scope& scope, std::string what, Hook task);
  discovery::Instance instance() const;

  SignalSet signals_;  // first: before any thread
  const std::string name_;
  ServiceOptions options_;
  std::optional<CommandLineAnswer> answer_;
  std::optional<Error> refusal_;
  std::unique_ptr<telemetry::Telemetry> telemetry_;
  Readiness readiness_;
  Live<bool> started_;

  http::Routes routes_;
  http::Routes admin_routes_;
  grpc::Server grpc_;
  std::shared_ptr<grpc::HealthStatuses> health_ = std::make_shared<grpc::HealthStatuses>();
  http::Server server_;
  http::Server admin_server_;
  std::string address_;
  std::string admin_address_;

  std::shared_ptr<etcd::Client> registry_;  // null without a registry
  std::unique_ptr<discovery::Registrar> registrar_;
  std::shared_ptr<discovery::Directory> directory_;
  std::unique_ptr<http::Client> http_client_;
  std::vector<std::unique_ptr<config::RegistrySource>> configs_;

  std::vector<Hook> start_hooks_;
  std::vector<Hook> stop_hooks_;
  std::vector<std::pair<std::string, Hook>> background_;
  std::unique_ptr<otlp::Exporter> exporter_;

  Event stop_;
  std::optional<Error> failure_;
  bool stopped_serving_ = false;
};

}  // namespace skerry::internal
