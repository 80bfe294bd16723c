// SPDX-License-Identifier: Apache-2.0
#include "skerry/service/service.h"

#include "skerry/service/service_state.h"

namespace skerry {

namespace internal {

std::string service_of_interface(std::string_view full_name) {
  constexpr std::string_view kSuffix = "Service";
  std::string_view name = full_name.substr(full_name.rfind('.') + 1);
  if (name.size() > kSuffix.size() && name.ends_with(kSuffix)) name.remove_suffix(kSuffix.size());
  std::string service;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool upper = name[i] >= 'A' && name[i] <= 'Z';
    if (upper && i > 0) service += '-';
    service += static_cast<char>(upper ? name[i] - 'A' + 'a' : name[i]);
  }
  return service;
}

}  // namespace internal

Service::Service(std::string name, int argc, char** argv)
    : state_(std::make_unique<internal::ServiceState>(std::move(name), argc, argv)) {}

Service::~Service() = default;

const std::string& Service::name() const { return state_->name(); }
const std::filesystem::path& Service::data_directory() const { return state_->data_directory(); }
const std::string& Service::kafka() const { return state_->options().kafka; }
telemetry::Telemetry& Service::telemetry() { return state_->telemetry(); }

void Service::route(std::string_view method, std::string_view pattern, http::Handler handler) {
  state_->add_route(method, pattern, std::move(handler));
}

http::Routes& Service::admin_routes() { return state_->admin_routes(); }
http::Client& Service::http_client() { return state_->http_client(); }
void Service::on_start(std::function<Task<>()> hook) { state_->add_start_hook(std::move(hook)); }
void Service::on_stop(std::function<Task<>()> hook) { state_->add_stop_hook(std::move(hook)); }
void Service::background(std::string task_name, std::function<Task<>()> task) {
  state_->add_background(std::move(task_name), std::move(task));
}
Live<bool> Service::readiness(std::string condition) { return state_->readiness().add(std::move(condition)); }
int Service::run() { return state_->run(); }

grpc::Server& Service::grpc_server() { return state_->grpc(); }
std::shared_ptr<grpc::Channel> Service::grpc_channel(std::string service) {
  return state_->grpc_channel(std::move(service));
}

void Service::prepare_config(std::optional<std::string>& file, std::vector<config::EnvironmentVariable>& environment,
                             config::Reporter& reporter) {
  file = state_->options().file_config;
  environment = config::process_environment();
  reporter = [telemetry = &state_->telemetry()](const config::Report& report) {
    using Severity = config::Report::Severity;
    const telemetry::LogLevel level = report.severity == Severity::kError     ? telemetry::LogLevel::kError
                                      : report.severity == Severity::kWarning ? telemetry::LogLevel::kWarning
                                                                              : telemetry::LogLevel::kInfo;
    telemetry->logger().write(level, "configuration",
                              {{"layer", config::layer_name(report.layer)}, {"report", report.message}});
  };
}

void Service::follow_config(config::ConfigKey key, internal::ConfigurationApply apply) {
  if (key.data_id.empty()) key.data_id = name();
  state_->follow_config(std::move(key), std::move(apply));
}

void Service::refuse(Error error) { state_->refuse(std::move(error)); }

}  // namespace skerry
