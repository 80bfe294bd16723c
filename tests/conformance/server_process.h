// SPDX-License-Identifier: Apache-2.0
//
// A server of `skerry` as a process of its own, on a port that the system chooses, for tests that kill it.
//
//   ServerProcess server("etcd", directory.path());
//   ... server.endpoint() ...
//   server.kill();
#pragma once

#include <sys/types.h>

#include <string>

namespace skerry::conformance {

class ServerProcess {
 public:
  /// Starts `skerry SERVER` ("etcd", "kafka") on the data directory and waits until it says that it is ready. Throws
  /// std::runtime_error, with what it said instead, when it ends before.
  ServerProcess(const std::string& server, const std::string& data_directory);
  /// Kills it.
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// "127.0.0.1:PORT".
  const std::string& endpoint() const { return endpoint_; }
  pid_t pid() const { return pid_; }

  /// SIGKILL. Does not wait. Any thread; idempotent.
  void kill();
  /// SIGTERM, and waits for the end. Gives the exit status, or -1 when a signal ended it.
  int stop();

 private:
  pid_t pid_ = 0;
  bool ended_ = false;
  std::string endpoint_;
};

}  // namespace skerry::conformance
