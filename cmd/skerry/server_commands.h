// SPDX-License-Identifier: Apache-2.0
//
// `skerry etcd`, `skerry collector`, `skerry gateway`: one server alone, until SIGINT or SIGTERM. Each gives the exit
// code: 0 after an orderly stop, 1 when it cannot start or fails, 2 for a wrong option.
#pragma once

#include <filesystem>
#include <string>

namespace skerry::cmd {

/// What every server takes.
struct ServerCommand {
  std::filesystem::path data;
  /// "host:port"; port 0 is a free one.
  std::string listen;
  /// For /metrics, /health, /ready and /debug.
  std::string admin = "127.0.0.1:0";
};

int run_etcd(const ServerCommand& command);

struct CollectorCommand : ServerCommand {
  std::string listen_http = "127.0.0.1:4318";
  std::string listen_query = "127.0.0.1:16686";
};

/// `listen` is the port of OTLP over gRPC.
int run_collector(const CollectorCommand& command);

struct GatewayCommand : ServerCommand {
  /// The project file with the routes.
  std::string project_file;
  std::string etcd = "http://127.0.0.1:2379";
  std::string otlp = "http://127.0.0.1:4317";
};

int run_gateway(const GatewayCommand& command);

}  // namespace skerry::cmd
