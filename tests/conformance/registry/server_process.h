// SPDX-License-Identifier: Apache-2.0
//
// A registry as a process of its own, for tests: the server of this repository or etcd itself, on free ports of the
// loopback and with a data directory that goes with the object. It can be killed and started again on the same ports,
// with its data or without.
//
//   ServerProcess server(ServerKind::kEtcd);
//   server.start();
//   ... server.endpoint() ...
//   server.kill();                // SIGKILL: nothing is said goodbye to
//   server.start();               // the same ports, the same data
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/conformance/registry/child_process.h"

namespace skerry::conformance {

enum class ServerKind : std::uint8_t {
  kSkerry,  ///< The server of this build.
  kEtcd,    ///< etcd as the distribution packages it.
};

class ServerProcess {
 public:
  explicit ServerProcess(ServerKind kind);
  /// Kills the process and removes its data.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// Those whose program is there: this build's, and etcd where the package etcd-server is installed.
  static std::vector<ServerKind> available();

  /// Starts the process and waits until its port accepts connections. Fails the running test otherwise.
  void start();
  /// SIGKILL, and waits until the process is gone.
  void kill() { process_.kill(); }
  /// Removes the data. Precondition: not running.
  void wipe();
  bool is_running() const { return process_.is_running(); }

  /// "127.0.0.1:PORT".
  std::string endpoint() const;

 private:
  std::vector<std::string> command() const;
  bool accepts_connections() const;
  void stop_waiting(const std::string& why);

  const ServerKind kind_;
  std::string directory_;
  std::uint16_t client_port_ = 0;
  std::uint16_t peer_port_ = 0;
  ChildProcess process_;
};

/// A port of the loopback that nobody listens on at the moment.
std::uint16_t free_port();

}  // namespace skerry::conformance
