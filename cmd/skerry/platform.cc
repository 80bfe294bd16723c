// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/platform.h"

#include "platform/dashboard/etcd_registry.h"
#include "skerry/async/runtime.h"
#include "skerry/async/scope.h"
#include "skerry/base/ids.h"
#include "skerry/base/version.h"
#include "skerry/discovery/balancer.h"
#include "skerry/discovery/resolver.h"
#include "skerry/etcd/connect.h"
#include "skerry/otlp/connect.h"

namespace skerry::cmd {
namespace {

using namespace std::chrono_literals;
namespace collector = platform::collector;
namespace dashboard = platform::dashboard;
namespace gateway = platform::gateway;

constexpr auto kStopGrace = 5s;
constexpr auto kExportGrace = 2s;

net::Address loopback(std::uint16_t port) { return *net::Address::from_ip("127.0.0.1", port); }
std::string url_of(const net::Address& address) { return "http://" + address.to_string(); }

Error cannot_start(std::string_view what, const Error& error) {
  const bool taken = error.code() == Code::kFailedPrecondition;
  const std::string_view hint = taken ? ", or free ports with --ports auto" : "";
  return Error::make(error.code(), "the {} cannot start: {}{}", what, error.message(), hint);
}

// The error names the server that failed.
template <class T>
Task<T> naming(std::string what, Task<T> task) {
  Result<T> result = co_await std::move(task).result();
  if (!result) co_await cannot_start(what, std::move(result).error());
  if constexpr (!std::is_void_v<T>) co_return *std::move(result);
}

}  // namespace

Platform::Platform(PlatformOptions options) : options_(std::move(options)) {}
Platform::~Platform() = default;

Task<std::unique_ptr<Platform>> Platform::start(PlatformOptions options) {
  std::unique_ptr<Platform> platform(new Platform(std::move(options)));
  Result<> opened = co_await platform->open().result();
  if (!opened) {
    co_await platform->stop();
    co_await std::move(opened);
  }
  co_return std::move(platform);
}

Task<> Platform::open() {
  co_await naming("registry", open_registry());
  co_await naming("trace collector", open_collector());
  co_await naming("gateway", open_gateway());
  co_await naming("event broker", open_broker());
  co_await naming("dashboard", open_dashboard());
  co_await naming("admin listener", open_admin());
}

Task<> Platform::open_registry() {
  if (options_.etcd) {
    endpoints_.etcd = *options_.etcd;
  } else {
    etcd_ = co_await platform::etcd::Server::open({.data_directory = options_.data / "etcd",
                                                   .listen = loopback(options_.ports.etcd),
                                                   .name = "skerry",
                                                   .engine = {}});
    endpoints_.etcd = etcd_->url();
  }
  registry_ = co_await etcd::connect({.endpoints = {endpoints_.etcd}, .client = {}});
  directory_ = std::make_shared<discovery::Directory>(registry_);
}

Task<> Platform::open_broker() {
  if (options_.kafka) {
    endpoints_.kafka = *options_.kafka;
    co_return;
  }
  platform::kafka::ServerOptions options{.data_directory = options_.data / "kafka",
                                         .listen = loopback(options_.ports.kafka)};
  // Who develops a service need not wait for further members of its group.
  options.groups.initial_rebalance_delay = 0ms;
  options.groups.max_pending_member_wait = 250ms;
  options.metrics = &gateway_telemetry_->metrics();
  kafka_ = co_await platform::kafka::Server::open(std::move(options));
  endpoints_.kafka = kafka_->url();
}

Task<> Platform::open_collector() {
  collector_ = co_await collector::Collector::open({.data = options_.data / "traces",
                                                    .otlp_grpc = loopback(options_.ports.otlp_grpc),
                                                    .otlp_http = loopback(options_.ports.otlp_http),
                                                    .query = loopback(options_.ports.trace_query),
                                                    .store = {}});
  const collector::CollectorEndpoints listening = co_await collector_->listen();
  endpoints_.otlp_grpc = listening.otlp_grpc.to_string();
  endpoints_.otlp_http = url_of(listening.otlp_http);
  endpoints_.trace_query = url_of(listening.query);
}

Task<> Platform::open_gateway() {
  gateway_instance_.service = "gateway";
  gateway_instance_.id = "gateway-" + random_id().substr(0, 6);
  gateway_instance_.version = kVersion;
  telemetry::TelemetryOptions options{.service = "gateway", .instance = gateway_instance_.id};
  options.log.sink = terminal_sink(options_.terminal, "gateway");
  gateway_telemetry_ = std::make_unique<telemetry::Telemetry>(std::move(options));
  telemetry::AttachTelemetry attached(*gateway_telemetry_);
  exporter_ = std::make_unique<otlp::Exporter>(*gateway_telemetry_, co_await otlp::connect(endpoints_.otlp_grpc));
  exporter_->start();
  gateway::GatewayOptions settings;
  settings.routes = options_.routes;
  settings.resolver = std::make_shared<discovery::RegistryResolver>(directory_);
  settings.balancer = std::make_shared<discovery::PowerOfTwoBalancer>();
  gateway_ = co_await gateway::Gateway::make(std::move(settings));
  const net::Address address = co_await gateway_->listen(loopback(options_.ports.gateway));
  gateway_instance_.address = address.to_string();
  endpoints_.gateway = url_of(address);
}

Task<> Platform::open_dashboard() {
  dashboard_ = co_await dashboard::Dashboard::make({.page_directory = options_.page,
                                                    .read_registry = dashboard::read_etcd(registry_),
                                                    .trace_query = endpoints_.trace_query});
  endpoints_.dashboard = url_of(co_await dashboard_->listen(loopback(options_.ports.dashboard)));
}

Task<> Platform::open_admin() {
  readiness_.add("started").set(true);
  metrics_ = telemetry::add_runtime_metrics(gateway_telemetry_->metrics(), Runtime::current());
  add_health_routes(admin_routes_, *gateway_telemetry_, readiness_);
  add_debug_routes(admin_routes_);
  admin_server_ = std::make_unique<http::Server>(admin_routes_.handler());
  const net::Address address = co_await admin_server_->listen(loopback(0));
  gateway_instance_.admin_address = address.to_string();
  endpoints_.admin = url_of(address);
}

Task<> Platform::register_gateway() {
  gateway_instance_.started_at = discovery::utc_now();
  discovery::Registrar registrar(registry_);
  co_await registrar.run(Live(gateway_instance_));
}

Task<> Platform::run() {
  co_await with_scope([this](Scope& servers) -> Task<> {
    if (etcd_ != nullptr) servers.go([this] { return etcd_->run(); });
    if (kafka_ != nullptr) servers.go([this] { return kafka_->run(); });
    Result<> followed = co_await with_scope([this](Scope& followers) -> Task<> {
                          followers.go([this] { return directory_->run(); });
                          followers.go([this] { return register_gateway(); });
                          co_await stopping_.wait();
                          followers.cancel();
                        }).result();
    if (!stopping_.is_set()) co_await std::move(followed);
  });
}

Task<> Platform::stop_gateway(std::chrono::nanoseconds limit) {
  readiness_.stop();
  if (gateway_ != nullptr) co_await gateway_->stop(limit);
}

Task<> Platform::stop() {
  stopping_.set();
  co_await stop_gateway(kStopGrace);
  if (dashboard_ != nullptr) co_await dashboard_->stop(kStopGrace);
  // The last spans go to the collector, so it stops after their exporter.
  if (exporter_ != nullptr) co_await exporter_->stop(kExportGrace);
  if (collector_ != nullptr) co_await collector_->stop(kStopGrace);
  if (admin_server_ != nullptr) co_await admin_server_->stop(kStopGrace);
  if (kafka_ != nullptr) co_await kafka_->stop(kStopGrace);
  if (etcd_ != nullptr) co_await etcd_->stop(kStopGrace);
}

}  // namespace skerry::cmd
