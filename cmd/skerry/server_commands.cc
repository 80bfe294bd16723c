// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/server_commands.h"

#include "cmd/skerry/project_file.h"
#include "cmd/skerry/project_routes.h"
#include "cmd/skerry/server_process.h"

#include "platform/collector/collector.h"
#include "platform/etcd/server.h"
#include "platform/gateway/gateway.h"
#include "platform/kafka/server.h"
#include "skerry/async/scope.h"
#include "skerry/discovery/balancer.h"
#include "skerry/discovery/directory.h"
#include "skerry/discovery/resolver.h"
#include "skerry/etcd/connect.h"
#include "skerry/otlp/connect.h"
#include "skerry/otlp/exporter.h"

namespace skerry::cmd {

int run_etcd(const ServerCommand& command) {
  return run_server({.name = "etcd", .admin = command.admin}, [&](ServerProcess& process) -> Task<> {
    const net::Address address = co_await address_of(command.listen);
    std::unique_ptr<platform::etcd::Server> server = co_await platform::etcd::Server::open(
        {.data_directory = command.data.string(), .listen = address, .name = "default", .engine = {}});
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return server->run(); });
      process.announce("registry " + server->url());
      co_await process.stop_requested();
      co_await server->stop(kServerGrace);
    });
  });
}

int run_kafka(const KafkaCommand& command) {
  return run_server({.name = "kafka", .admin = command.admin}, [&](ServerProcess& process) -> Task<> {
    platform::kafka::ServerOptions options{.data_directory = command.data.string()};
    options.listen = co_await address_of(command.listen);
    if (!command.advertise.empty()) options.advertise = co_await net::HostPort::parse(command.advertise);
    options.auto_create_topics = command.auto_create_topics;
    options.default_partitions = command.default_partitions;
    options.log.defaults.retention = std::chrono::milliseconds(command.retention_ms);
    options.log.defaults.retention_bytes = command.retention_bytes;
    if (!command.flush) options.log.durability = platform::kafka::log::Durability::kPageCache;
    options.groups.initial_rebalance_delay = std::chrono::milliseconds(command.group_initial_delay_ms);
    options.metrics = &process.telemetry().metrics();
    std::unique_ptr<platform::kafka::Server> server = co_await platform::kafka::Server::open(std::move(options));
    co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return server->run(); });
      const std::string_view durability = command.flush ? "" : ", page cache only: a power failure loses records";
      process.announce(fmt::format("broker {}{}", server->url(), durability));
      co_await process.stop_requested();
      co_await server->stop(kServerGrace);
    });
  });
}

int run_collector(const CollectorCommand& command) {
  return run_server({.name = "collector", .admin = command.admin}, [&](ServerProcess& process) -> Task<> {
    platform::collector::CollectorOptions options{.data = command.data};
    options.otlp_grpc = co_await address_of(command.listen);
    options.otlp_http = co_await address_of(command.listen_http);
    options.query = co_await address_of(command.listen_query);
    auto collector = co_await platform::collector::Collector::open(std::move(options));
    Result<platform::collector::CollectorEndpoints> listening = co_await collector->listen().result();
    if (listening) {
      process.announce(fmt::format("OTLP grpc://{} and http://{}, query http://{}", listening->otlp_grpc.to_string(),
                                   listening->otlp_http.to_string(), listening->query.to_string()));
      co_await process.stop_requested();
    }
    co_await collector->stop(kServerGrace);
    co_await std::move(listening);
  });
}

namespace {

Task<> serve_gateway(GatewayCommand command, ServerProcess& process, std::shared_ptr<discovery::Directory> directory,
                     std::vector<platform::gateway::Route> routes) {
  platform::gateway::GatewayOptions options;
  options.routes = std::move(routes);
  options.resolver = std::make_shared<discovery::RegistryResolver>(directory);
  options.balancer = std::make_shared<discovery::PowerOfTwoBalancer>();
  std::unique_ptr<platform::gateway::Gateway> gateway = co_await platform::gateway::Gateway::make(std::move(options));
  const net::Address address = co_await gateway->listen(co_await address_of(command.listen));
  process.announce("gateway http://" + address.to_string());
  co_await process.stop_requested();
  co_await gateway->stop(kServerGrace);
}

}  // namespace

int run_gateway(const GatewayCommand& command) {
  return run_server({.name = "gateway", .admin = command.admin}, [&](ServerProcess& process) -> Task<> {
    ProjectFile project = co_await read_project_file(command.project_file);
    std::shared_ptr<etcd::Client> registry = co_await etcd::connect({.endpoints = {command.etcd}, .client = {}});
    auto directory = std::make_shared<discovery::Directory>(registry);
    otlp::Exporter exporter(process.telemetry(), co_await otlp::connect(command.otlp));
    exporter.start();
    Result<> ended;
    (void)co_await with_scope([&](Scope& scope) -> Task<> {
      scope.go([&] { return directory->run(); });
      ended = co_await serve_gateway(command, process, directory, routes_of(project.gateway)).result();
      scope.cancel();
    }).result();
    co_await exporter.stop(kServerGrace);
    co_await std::move(ended);
  });
}

}  // namespace skerry::cmd
