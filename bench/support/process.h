// SPDX-License-Identifier: Apache-2.0
//
// Processes for benchmarks: each on a processor of its own, so that a server and its load do not take turns on one.
//
//   Server server({"build/release/bin/bench_grpc_server"}, /*processor=*/0);
//   std::string output = run({"h2load", ...}, /*processor=*/1);
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace skerry::bench {

/// A program that listens: it is started at once, must write "listening on PORT" to its standard output, and is ended
/// by SIGTERM with the object. Throws std::runtime_error when it does not come up.
class Server {
 public:
  Server(std::vector<std::string> command, int processor);
  /// For a program that does not say where it listens: it was told this port, and is up when somebody answers there.
  Server(std::vector<std::string> command, int processor, std::uint16_t port);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const { return port_; }
  /// The processor time that the program has used so far, in seconds.
  double processor_seconds() const;

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

/// Runs a program to its end and gives its standard output. Throws std::runtime_error when it fails.
std::string run(const std::vector<std::string>& command, int processor);

/// A port that nobody listens on now.
std::uint16_t free_port();

/// The folder of the running program: programs of one build stand beside each other.
std::string program_folder();

}  // namespace skerry::bench
