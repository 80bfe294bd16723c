// SPDX-License-Identifier: Apache-2.0
//
// HealthStatuses: behind the standard service grpc.health.v1.Health, which load balancers and orchestrators ask. The
// empty name stands for the server as a whole.
//
//   auto health = std::make_shared<HealthStatuses>();
//   grpc.add(health_definition(health));
//   health->set("", ServingStatus::kServing);
//   ...
//   health->stop();          // draining: everybody who watches learns of it
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "skerry/async/live.h"
#include "skerry/grpc/definition.h"

namespace skerry::grpc {

/// With the numbers of grpc.health.v1.HealthCheckResponse.ServingStatus.
enum class ServingStatus : std::uint8_t { kUnknown = 0, kServing = 1, kNotServing = 2 };

/// The statuses of a server's services. Any thread.
class HealthStatuses {
 public:
  using Statuses = std::map<std::string, ServingStatus, std::less<>>;

  /// Sets the status of a service, given by its full name. Ignored after stop().
  void set(std::string service, ServingStatus status);
  /// Everything is NOT_SERVING from now on and stays so.
  void stop();
  std::optional<ServingStatus> get(std::string_view service) const;
  const Live<Statuses>& statuses() const { return statuses_; }

 private:
  std::mutex mutex_;
  bool stopped_ = false;
  Live<Statuses> statuses_{Statuses()};
};

/// The service, to be added to a Server.
ServiceDefinition health_definition(std::shared_ptr<HealthStatuses> health);

}  // namespace skerry::grpc
