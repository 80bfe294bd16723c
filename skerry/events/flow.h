// SPDX-License-Identifier: Apache-2.0
//
// Which event the running task handles, so that what it publishes carries the ids of its flow. They travel in the
// task's baggage: into what it awaits and spawns, and over HTTP and gRPC to the services it calls, so that an event
// which one of those publishes is known as an effect as well. Internal to events/.
#pragma once

#include <string>
#include <string_view>

#include "skerry/events/cloud_event.h"
#include "skerry/telemetry/ambient.h"

namespace skerry::events::internal {

inline constexpr std::string_view kCorrelationBaggage = "correlationid";
inline constexpr std::string_view kCausationBaggage = "causationid";

/// Empty where the running task handles no event, or where a caller sent ids that no event can carry.
struct Flow {
  std::string correlation_id;
  std::string causation_id;
};

Flow current_flow();

/// Makes `event` the one that the running task handles, for the life of the guard.
class [[nodiscard]] FlowGuard {
 public:
  explicit FlowGuard(const CloudEvent& event);

 private:
  telemetry::BaggageGuard guard_;
};

}  // namespace skerry::events::internal
