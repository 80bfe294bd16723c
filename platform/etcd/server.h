// SPDX-License-Identifier: Apache-2.0
//
// Server: the etcd v3 API on a port. gRPC over HTTP/2, with grpc.health.v1.Health, and over plain HTTP /health,
// /version and /metrics on the same port. One process at a time has the data directory.
//
//   auto server = co_await etcd::Server::open({.data_directory = ".skerry/etcd", .listen = address});
//   scope.go([&] { return server->run(); });
//   fmt::print("{}\n", server->url());
//   ...
//   co_await server->stop(10s);           // run() ends
//
// Loopback without authentication or encryption: whoever reaches the port may do everything.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "platform/etcd/engine.h"
#include "platform/etcd/engine_metrics.h"
#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/disk/posix_disk.h"
#include "skerry/grpc/server.h"
#include "skerry/grpc/services/health.h"
#include "skerry/http/server.h"
#include "skerry/net/address.h"

namespace skerry::platform::etcd {

struct ServerOptions {
  /// Made when it is not there.
  std::string data_directory;
  /// Port 0: the system chooses one.
  net::Address listen;
  /// The member's name in `member list`.
  std::string name = "default";
  EngineOptions engine = {};
};

class Server {
 public:
  /// Takes the data directory, rebuilds the state and listens; requests are answered from then on, writes once run() is
  /// running. Errors: FailedPrecondition when another process has the directory or the port is taken, DataLoss when
  /// what is in it is damaged.
  static Task<std::unique_ptr<Server>> open(ServerOptions options);
  /// Precondition: stopped, or the runtime has ended.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Runs until stop() has done its work or the task is cancelled. Once.
  Task<> run();

  /// Stops in good order: takes no more connections, ends watches and other streams with Unavailable "server stopped",
  /// finishes calls that are under way, after `limit` cancels those that are left, and then ends run().
  Task<> stop(std::chrono::nanoseconds limit);

  const net::Address& address() const { return address_; }
  /// "http://127.0.0.1:2379".
  std::string url() const;
  Engine& engine() { return *engine_; }

 private:
  Server(disk::DirectoryLock lock, ServerOptions options);
  void serve_over_grpc();
  http::Handler handler();
  Task<http::Response> handle(http::Request request);
  http::Response health();

  disk::DirectoryLock lock_;  // first: held until everything else is gone
  const ServerOptions options_;
  disk::PosixDisk disk_;
  net::Address address_;
  std::unique_ptr<Engine> engine_;
  telemetry::Metrics metrics_;
  std::unique_ptr<EngineMetrics> engine_metrics_;
  std::shared_ptr<grpc::HealthStatuses> health_statuses_ = std::make_shared<grpc::HealthStatuses>();
  grpc::Server grpc_;
  std::unique_ptr<http::Server> http_;
  skerry::Event stopped_;
};

}  // namespace skerry::platform::etcd
