// SPDX-License-Identifier: Apache-2.0
#include "platform/etcd/server.h"

#include <limits>

#include "platform/etcd/services.h"
#include "platform/etcd/version.h"
#include "skerry/async/blocking.h"
#include "skerry/async/scope.h"

namespace skerry::platform::etcd {
namespace {

// What etcd's server takes in one message: a request of the largest size, and what is around it.
constexpr std::size_t kReceiveBytes = (std::size_t{1536} + 512) << 10;
// Clients keep a connection for as long as they live, and many calls open on it: a watch or a keep-alive each.
constexpr std::chrono::hours kIdleTimeout{2};
constexpr std::uint32_t kMaxStreams = 1'000'000;

http::ServerOptions http_options() {
  http::ServerOptions options;
  options.http2.max_concurrent_streams = kMaxStreams;
  options.idle_timeout = kIdleTimeout;
  // A stream of requests has no end to its size; each message has.
  options.max_body_bytes = std::numeric_limits<std::uint64_t>::max();
  options.body_timeout = std::chrono::hours(24 * 365);
  return options;
}

}  // namespace

Server::Server(disk::DirectoryLock lock, ServerOptions options)
    : lock_(std::move(lock)), options_(std::move(options)), grpc_({.receive_message_bytes_max = kReceiveBytes}) {}

Server::~Server() = default;

Task<std::unique_ptr<Server>> Server::open(ServerOptions options) {
  auto lock = co_await blocking([directory = options.data_directory]() -> Result<disk::DirectoryLock> {
    disk::PosixDisk disk;
    if (auto made = disk.create_directories(directory); !made) return fail(std::move(made));
    return disk::DirectoryLock::take(directory);
  });
  std::unique_ptr<Server> server(new Server(std::move(lock), std::move(options)));
  server->engine_ = co_await Engine::open(server->disk_, server->options_.data_directory, server->options_.engine);
  server->engine_metrics_ = std::make_unique<EngineMetrics>(*server->engine_, server->metrics_);
  server->http_ = std::make_unique<http::Server>(server->handler(), http_options());
  server->serve_over_grpc();
  // Nobody asks for the address of a port that the system is yet to choose.
  server->address_ = server->options_.listen;
  const net::Address bound = co_await server->http_->listen(server->options_.listen);
  if (server->options_.listen.port() == 0) server->address_ = bound;
  co_return std::move(server);
}

void Server::serve_over_grpc() {
  for (auto& service : make_services(*engine_, {.name = options_.name, .client_url = [this] { return url(); }}))
    grpc_.add(std::move(service));
  grpc_.add(grpc::health_definition(health_statuses_));
  health_statuses_->set("", grpc::ServingStatus::kServing);
}

std::string Server::url() const { return "http://" + address_.to_string(); }

Task<> Server::run() {
  bool in_order = false;
  Result<> ended = co_await with_scope([&](Scope& scope) -> Task<> {
                     scope.go([&] { return engine_->run(); });
                     co_await stopped_.wait();
                     in_order = true;
                     scope.cancel();
                   }).result();
  if (!in_order) co_await std::move(ended);
}

Task<> Server::stop(std::chrono::nanoseconds limit) {
  health_statuses_->stop();
  engine_->end_streams();
  co_await http_->stop(limit);
  stopped_.set();
}

// ---- what is not gRPC

http::Handler Server::handler() {
  return [this](http::Request request) { return handle(std::move(request)); };
}

Task<http::Response> Server::handle(http::Request request) {
  if (grpc_.accepts(request)) co_return co_await grpc_.handle(std::move(request));
  const std::string_view path = request.path();
  if (request.method != "GET" && request.method != "HEAD") co_return http::not_found(request);
  if (path == "/health" || path == "/livez" || path == "/readyz") co_return health();
  if (path == "/version") {
    co_return http::json(fmt::format(R"({{"etcdserver":"{}","etcdcluster":"{}"}})", kEtcdVersion, kEtcdClusterVersion));
  }
  if (path == "/metrics") {
    http::Response response = http::text(metrics_.text());
    co_await response.headers.set("content-type", telemetry::kMetricsContentType);
    co_return std::move(response);
  }
  co_return http::not_found(request);
}

http::Response Server::health() {
  if (engine_->healthy()) return http::json(R"({"health":"true","reason":""})");
  return http::json(R"({"health":"false","reason":"an alarm is raised or the log cannot be written"})", 503);
}

}  // namespace skerry::platform::etcd
