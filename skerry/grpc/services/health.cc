// SPDX-License-Identifier: Apache-2.0
#include "skerry/grpc/services/health.h"

#include "grpc/health/v1/health.skerry.h"

namespace skerry::grpc {
namespace {

namespace wire = ::grpc::health::v1;

wire::HealthCheckResponse health_response(std::optional<ServingStatus> status) {
  wire::HealthCheckResponse response;
  response.set_status(status ? static_cast<wire::HealthCheckResponse::ServingStatus>(*status)
                             : wire::HealthCheckResponse::SERVICE_UNKNOWN);
  return response;
}

std::optional<ServingStatus> status_in(const HealthStatuses::Statuses& statuses, std::string_view service) {
  const auto found = statuses.find(service);
  if (found == statuses.end()) return std::nullopt;
  return found->second;
}

class HealthService final : public wire::Health {
 public:
  explicit HealthService(std::shared_ptr<HealthStatuses> health) : health_(std::move(health)) {}

  Task<wire::HealthCheckResponse> Check(wire::HealthCheckRequest request) override {
    const auto status = health_->get(request.service());
    if (!status) co_return Error::not_found("unknown service {}", request.service());
    co_return health_response(status);
  }

  Task<wire::HealthListResponse> List(wire::HealthListRequest) override {
    wire::HealthListResponse response;
    const auto statuses = health_->statuses().get();
    for (const auto& [service, status] : *statuses) {
      (*response.mutable_statuses())[service] = health_response(status);
    }
    co_return std::move(response);
  }

  Task<> Watch(wire::HealthCheckRequest request, Sender<wire::HealthCheckResponse> responses) override {
    // Watching starts before the first look, so that no change falls between the two.
    auto watcher = health_->statuses().watch();
    auto statuses = health_->statuses().get();
    std::optional<ServingStatus> last = status_in(*statuses, request.service());
    co_await responses.send(health_response(last));
    while (true) {
      statuses = co_await watcher.changed();
      const auto status = status_in(*statuses, request.service());
      if (status == last) continue;
      last = status;
      co_await responses.send(health_response(status));
    }
  }

 private:
  std::shared_ptr<HealthStatuses> health_;
};

}  // namespace

void HealthStatuses::set(std::string service, ServingStatus status) {
  std::lock_guard lock(mutex_);
  if (stopped_) return;
  Statuses changed = *statuses_.get();
  changed[std::move(service)] = status;
  statuses_.set(std::move(changed));
}

void HealthStatuses::stop() {
  std::lock_guard lock(mutex_);
  if (std::exchange(stopped_, true)) return;
  Statuses changed = *statuses_.get();
  for (auto& [service, status] : changed) status = ServingStatus::kNotServing;
  statuses_.set(std::move(changed));
}

std::optional<ServingStatus> HealthStatuses::get(std::string_view service) const {
  return status_in(*statuses_.get(), service);
}

ServiceDefinition health_definition(std::shared_ptr<HealthStatuses> health) {
  return ServiceTraits<wire::Health>::definition(std::make_shared<HealthService>(std::move(health)));
}

}  // namespace skerry::grpc
