// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/flow.h"

#include "skerry/telemetry/baggage.h"

namespace skerry::events::internal {
namespace {

// Baggage comes from whoever called; it must not be able to make publishing fail.
std::string usable(std::string_view name) {
  const auto value = telemetry::current_baggage().find(name);
  if (!value || value->empty()) return {};
  const CloudEvent probe{.id = std::string(*value), .source = "s", .type = "t"};
  return check(probe) ? probe.id : std::string();
}

telemetry::Baggage baggage_of(const CloudEvent& event) {
  const std::string& correlation = event.correlation_id.empty() ? event.id : event.correlation_id;
  return telemetry::current_baggage().with(kCorrelationBaggage, correlation).with(kCausationBaggage, event.id);
}

}  // namespace

Flow current_flow() {
  return {.correlation_id = usable(kCorrelationBaggage), .causation_id = usable(kCausationBaggage)};
}

FlowGuard::FlowGuard(const CloudEvent& event) : guard_(baggage_of(event)) {}

}  // namespace skerry::events::internal
