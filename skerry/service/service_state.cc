// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/service_state.h"

#include <csignal>

#include "skerry/discovery/balancer.h"
#include "skerry/discovery/resolver.h"
#include "skerry/etcd/connect.h"
#include "skerry/grpc/services/reflection.h"

namespace skerry::internal {

ServiceState::ServiceState(std::string service, int argc, char** argv)
    : signals_({SIGINT, SIGTERM}),
      name_(std::move(service)),
      started_(readiness_.add("started")),
      server_([this](http::Request request) { return handle(std::move(request)); }),
      admin_server_(admin_routes_.handler()) {
  Result<ServiceOptions> options = read_service_options(name_, argc, argv, process_variable, answer_);
  if (options) {
    options_ = *std::move(options);
  } else {
    refuse(std::move(options).error());
  }
  telemetry::TelemetryOptions telemetry{.service = name_, .instance = options_.instance};
  telemetry.log.level = options_.log_level;
  telemetry.log.target = telemetry::LogTarget::kStdout;
  telemetry_ = std::make_unique<telemetry::Telemetry>(std::move(telemetry));
  connect_registry();
}

ServiceState::~ServiceState() = default;

void ServiceState::refuse(Error error) {
  if (!refusal_) refusal_ = std::move(error);
}

void ServiceState::connect_registry() {
  if (options_.etcd.empty()) return;
  Result<std::shared_ptr<etcd::Client>> client = etcd::connect({.endpoints = {options_.etcd}, .client = {}});
  if (!client) return refuse(std::move(client).error().annotate("--etcd"));
  registry_ = *std::move(client);
  discovery::RegistrarOptions registration;
  registration.on_state = [telemetry = telemetry_.get(), url = options_.etcd](const Result<>& state) {
    if (state) {
      telemetry->logger().write(telemetry::LogLevel::kInfo, "registered", {{"registry", url}});
    } else {
      telemetry->logger().write(telemetry::LogLevel::kWarning, "not registered",
                                {{"registry", url}, {"error", state.error().message()}});
    }
  };
  registrar_ = std::make_unique<discovery::Registrar>(registry_, std::move(registration));
  readiness_.add("registered", registrar_->registered());
}

const std::filesystem::path& ServiceState::data_directory() {
  std::error_code failed;
  std::filesystem::create_directories(options_.data, failed);
  if (failed) {
    refuse(system_error(failed.value(), fmt::format("--data: cannot make {}", options_.data.string())));
  }
  return options_.data;
}

void ServiceState::add_route(std::string_view method, std::string_view pattern, http::Handler handler) {
  Result<> added = routes_.add(method, pattern, std::move(handler));
  if (!added) refuse(std::move(added).error().annotate(fmt::format("route {} {}", method, pattern)));
}

std::shared_ptr<discovery::Directory> ServiceState::directory() {
  if (directory_ != nullptr) return directory_;
  discovery::DirectoryOptions options;
  options.on_warning = [telemetry = telemetry_.get()](const std::string& warning) {
    telemetry->logger().write(telemetry::LogLevel::kWarning, "registry entry ignored", {{"reason", warning}});
  };
  directory_ = std::make_shared<discovery::Directory>(registry_, std::move(options));
  return directory_;
}

std::shared_ptr<http::Resolver> ServiceState::resolver() {
  // Without a registry names are looked up in the DNS, as those with a port always are.
  if (registry_ == nullptr) return nullptr;
  return std::make_shared<discovery::RegistryResolver>(directory());
}

http::Client& ServiceState::http_client() {
  if (http_client_ == nullptr) {
    http::ClientOptions options;
    options.resolver = resolver();
    options.balancer = std::make_shared<discovery::PowerOfTwoBalancer>();
    http_client_ = std::make_unique<http::Client>(std::move(options));
  }
  return *http_client_;
}

std::shared_ptr<grpc::Channel> ServiceState::grpc_channel(std::string service) {
  grpc::ChannelOptions options;
  options.resolver = resolver();
  options.balancer = std::make_shared<discovery::PowerOfTwoBalancer>();
  return grpc::Channel::create(std::move(service), std::move(options));
}

void ServiceState::follow_config(config::ConfigKey key, ConfigurationApply apply) {
  if (Result<> valid = key.validate(); !valid) return refuse(std::move(valid).error().annotate("configuration key"));
  if (registry_ == nullptr) return;
  // What is refused was logged by the configuration, and its last good value stays.
  configs_.push_back(std::make_unique<config::RegistrySource>(
      registry_, std::move(key),
      [apply = std::move(apply)](const std::optional<std::string>& document) { (void)apply(document); }));
}

Task<http::Response> ServiceState::handle(http::Request request) {
  if (grpc_.accepts(request)) return grpc_.handle(std::move(request));
  return routes_.handle(std::move(request));
}

discovery::Instance ServiceState::instance() const {
  discovery::Instance entry{
      .id = options_.instance, .service = name_, .address = address_, .admin_address = admin_address_};
  entry.started_at = discovery::utc_now();
  return entry;
}

int ServiceState::run() {
  if (answer_) {
    fmt::print("{}", answer_->text);
    return answer_->exit_code;
  }
  if (refusal_) {
    fmt::print(stderr, "{}: cannot start: {}\n", name_, refusal_->message());
    return 2;
  }
  grpc_.add(grpc::health_definition(health_));
  grpc::add_reflection(grpc_);
  // Whoever reads our output may go before us.
  std::signal(SIGPIPE, SIG_IGN);
  Runtime runtime({.workers = options_.workers});
  Result<> outcome = runtime.run([this] { return serve(); });
  if (outcome) return 0;
  fmt::print(stderr, "{}: {}\n", name_, outcome.error().to_string());
  return 1;
}

}  // namespace skerry::internal
