// SPDX-License-Identifier: Apache-2.0
//
// ServerProcess: what every server of the binary has around it when it runs alone: telemetry, an admin listener, and a
// stop by signals.
//
//   return run_server({.name = "etcd", .admin = "127.0.0.1:0"}, [&](ServerProcess& process) -> Task<> {
//     auto server = co_await Server::open(...);
//     process.announce("etcd on " + server->url());
//     co_await process.stop_requested();
//     co_await server->stop(10s);
//   });
#pragma once

#include <functional>
#include <string>

#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/net/address.h"
#include "skerry/service/admin_routes.h"
#include "skerry/telemetry/telemetry.h"

namespace skerry::cmd {

/// How long a server finishes what is in flight.
inline constexpr std::chrono::seconds kServerGrace{10};

struct ServerProcessOptions {
  /// In messages, and as the service of logs and metrics.
  std::string name;
  std::string admin;
};

class ServerProcess {
 public:
  explicit ServerProcess(ServerProcessOptions options);
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  telemetry::Telemetry& telemetry() { return telemetry_; }
  const std::string& admin_address() const { return admin_address_; }
  /// Says on standard output that the server serves, and lets /ready say so.
  void announce(const std::string& what);
  /// Waits for the signal.
  Task<> stop_requested() { co_await stop_.wait(); }

 private:
  friend int run_server(ServerProcessOptions options, std::function<Task<>(ServerProcess&)> serve);
  Task<> run(std::function<Task<>(ServerProcess&)> serve);

  const ServerProcessOptions options_;
  telemetry::Telemetry telemetry_;
  Readiness readiness_;
  Live<bool> started_;
  http::Routes admin_routes_;
  std::string admin_address_;
  Event stop_;
};

/// Runs `serve` until it ends, which it should soon after stop_requested(); gives the exit code.
int run_server(ServerProcessOptions options, std::function<Task<>(ServerProcess&)> serve);

/// The first address that a "host:port" stands for.
Task<net::Address> address_of(std::string text);

}  // namespace skerry::cmd
