// SPDX-License-Identifier: Apache-2.0
#include "skerry/telemetry/telemetry.h"

#include <unistd.h>

#include <array>

#include "skerry/base/ids.h"

namespace skerry::telemetry {
namespace {

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

// OpenTelemetry's semantic conventions for resources.
Resource make_resource(const TelemetryOptions& options) {
  Resource resource;
  const auto add = [&](std::string_view key, FieldValue value) {
    resource.attributes.push_back(to_attribute({key, value}));
  };
  add("service.name", options.service);
  add("service.instance.id", options.instance.empty() ? random_id() : options.instance);
  if (!options.version.empty()) add("service.version", options.version);
  add("host.name", host_name());
  add("process.pid", ::getpid());
  add("telemetry.sdk.name", "skerry");
  add("telemetry.sdk.language", "cpp");
  return resource;
}

MetricsOptions no_metrics() {
  MetricsOptions options;
  options.enabled = false;
  return options;
}

LogOptions no_logs() {
  LogOptions options;
  options.level = LogLevel::kOff;
  options.target = LogTarget::kNone;
  return options;
}

}  // namespace

Telemetry::Telemetry(TelemetryOptions options)
    : service_(options.service),
      resource_(make_resource(options)),
      tracing_(options.tracing),
      sampler_(options.new_traces_per_second),
      spans_(options.span_queue),
      log_records_(options.log_queue),
      metrics_(options.metrics),
      logger_(std::move(options.log), options.service, log_records_) {
  register_own_metrics();
}

Telemetry::Telemetry(Disabled)
    : service_("none"),
      tracing_(false),
      sampler_(0),
      spans_({.items = 2, .bytes = 0}),
      log_records_({.items = 2, .bytes = 0}),
      metrics_(no_metrics()),
      logger_(no_logs(), "none", log_records_) {}

Telemetry::~Telemetry() = default;

Telemetry& Telemetry::none() {
  // Holds no state that anything could change. Never destroyed, because threads may still log while the process ends.
  static Telemetry& disabled = *new Telemetry(Disabled());  // tidy: allow(new) outlives all threads
  return disabled;
}

void Telemetry::register_own_metrics() {
  const auto add = [this](std::string_view signal, std::function<double()> read) {
    callbacks_.push_back(metrics_.counter_callback("skerry_telemetry_dropped_total",
                                                   "Telemetry dropped because its queue was full", {{"signal", signal}},
                                                   std::move(read)));
  };
  add("spans", [this] { return static_cast<double>(spans_.dropped()); });
  add("log_records", [this] { return static_cast<double>(log_records_.dropped()); });
  add("log_lines", [this] { return static_cast<double>(logger_.dropped_lines()); });
}

}  // namespace skerry::telemetry
