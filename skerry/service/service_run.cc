// SPDX-License-Identifier: Apache-2.0
//
// The order in which a service starts and stops.
#include <cstring>

#include "skerry/async/runtime.h"
#include "skerry/async/sleep.h"
#include "skerry/async/timeout.h"
#include "skerry/otlp/connect.h"
#include "skerry/service/service_state.h"
#include "skerry/telemetry/runtime_metrics.h"

namespace skerry::internal {

namespace {

using namespace std::chrono_literals;

// How long a start waits for the registry's configuration before it goes on with the other layers.
constexpr auto kConfigWait = 3s;
// Between leaving the registry and closing the listeners: callers learn of it by watch meanwhile.
constexpr auto kDrainDelay = 100ms;
// For requests in flight at the stop.
constexpr auto kStopGrace = 10s;
// For sending the last spans.
constexpr auto kExportGrace = 2s;

// What asks for metrics and readiness does so all the time, and would fill the trace store.
Task<net::Address> listen_untraced(http::Server& server, net::Address address) {
  telemetry::AttachTelemetry none(telemetry::Telemetry::none());
  co_return co_await server.listen(address);
}

// The error names the option that the address came from.
Task<net::Address> naming(std::string_view option, Task<net::Address> listening) {
  Result<net::Address> address = co_await std::move(listening).result();
  if (!address) co_return std::move(address).error().annotate(option);
  co_return *address;
}

}  // namespace

Task<> ServiceState::serve() {
  telemetry::AttachTelemetry attached(*telemetry_);
  const std::vector<telemetry::MetricCallback> metrics =
      telemetry::add_runtime_metrics(telemetry_->metrics(), Runtime::current());
  co_await start_exporter();
  Result<> outcome = co_await serve_observed().result();
  if (outcome) {
    log::info("stopped");
  } else {
    log::error("service failed", {{"error", outcome.error().to_string()}});
  }
  if (exporter_ != nullptr) co_await exporter_->stop(kExportGrace);
  co_await std::move(outcome);
}

Result<> ServiceState::start_exporter() {
  if (options_.otlp.empty()) return {};
  Result<std::unique_ptr<otlp::Transport>> transport = otlp::connect(options_.otlp);
  if (!transport) return fail(std::move(transport).error().annotate("--otlp"));
  exporter_ = std::make_unique<otlp::Exporter>(*telemetry_, *std::move(transport));
  exporter_->start();
  return {};
}

Task<> ServiceState::serve_observed() {
  Result<> ended = co_await with_scope([this](Scope& scope) { return start_and_stay(scope); }).result();
  const bool in_order = stop_.is_set();
  // Whatever the way here was: nothing for a server that does not listen.
  co_await stop_serving();
  for (Hook& hook : stop_hooks_) {
    Result<> done = co_await hook().result();
    if (!done) log::error("a task of the stop failed", {{"error", done.error().to_string()}});
  }
  co_await admin_server_.stop(kStopGrace);
  if (failure_) co_await std::move(*failure_);
  // An orderly stop cancels what runs beside, and the scope ends so.
  if (!in_order) co_await std::move(ended);
}

Task<> ServiceState::start_and_stay(Scope& scope) {
  scope.go([this, &scope] {
    return stop_by_signal(signals_, [this, &scope](int signal) {
      log::info("stopping", {{"signal", ::sigdescr_np(signal)}});
      stop_.set();
      // There is nothing to stop in order yet.
      if (!*started_.get()) scope.cancel();
    });
  });
  if (directory_ != nullptr) run_beside(scope, "discovery", [this] { return directory_->run(); });
  co_await load_configs(scope);
  for (Hook& hook : start_hooks_) co_await hook();
  co_await listen();
  for (auto& [task_name, task] : background_) run_beside(scope, task_name, task);
  started_.set(true);
  log::info("serving", {{"address", address_}, {"admin", admin_address_}, {"instance", options_.instance}});
  co_await stay_registered();
  co_await stop_serving();
  scope.cancel();
}

void ServiceState::run_beside(Scope& scope, std::string what, Hook task) {
  scope.go([this, what = std::move(what), task = std::move(task)]() -> Task<> {
    Result<> ended = co_await task().result();
    if (ended) co_return;
    if (!failure_) failure_ = std::move(ended).error().annotate(what);
    stop_.set();
  });
}

Task<> ServiceState::load_configs(Scope& scope) {
  for (const auto& source : configs_) run_beside(scope, "configuration", [&source] { return source->run(); });
  const auto deadline = std::chrono::steady_clock::now() + kConfigWait;
  for (const auto& source : configs_) {
    Result<> loaded = co_await with_deadline(deadline, source->loaded()).result();
    if (!loaded) {
      log::warning("the registry's configuration is not there yet; starting without it", {{"registry", options_.etcd}});
      co_return;
    }
  }
}

Task<> ServiceState::listen() {
  add_health_routes(routes_, *telemetry_, readiness_);
  add_health_routes(admin_routes_, *telemetry_, readiness_);
  add_debug_routes(admin_routes_);
  const net::Address admin =
      co_await naming("--admin", listen_untraced(admin_server_, co_await net::resolve_first(options_.admin)));
  admin_address_ = admin.to_string();
  const net::Address served = co_await naming("--listen", server_.listen(co_await net::resolve_first(options_.listen)));
  address_ = served.to_string();
  if (options_.advertise) {
    net::HostPort advertised = *options_.advertise;
    if (advertised.port == 0) advertised.port = served.port();
    address_ = advertised.to_string();
  }
}

Task<> ServiceState::stay_registered() {
  Result<> ended = co_await with_scope([this](Scope& scope) -> Task<> {
                     scope.go([this]() -> Task<> { co_await report_health(); });
                     if (registrar_ != nullptr) {
                       run_beside(scope, "registration", [this] { return registrar_->run(Live(instance())); });
                     }
                     co_await stop_.wait();
                     readiness_.stop();
                     health_->stop();
                     // Takes the instance out of the registry.
                     scope.cancel();
                   }).result();
  if (!stop_.is_set()) co_await std::move(ended);
}

Task<> ServiceState::report_health() {
  const Live<bool> registered = registrar_ != nullptr ? registrar_->registered() : started_;
  Live<bool>::Watcher watcher = registered.watch();
  for (;;) {
    const bool ready = readiness_.state().ready;
    health_->set("", ready ? grpc::ServingStatus::kServing : grpc::ServingStatus::kNotServing);
    co_await watcher.changed();
  }
}

Task<> ServiceState::stop_serving() {
  if (std::exchange(stopped_serving_, true)) co_return;
  if (registrar_ != nullptr && *started_.get()) co_await sleep(kDrainDelay);
  co_await server_.stop(kStopGrace);
}

}  // namespace skerry::internal
