// SPDX-License-Identifier: Apache-2.0
//
// `skerry etcd`, `skerry kafka`, `skerry collector`, `skerry gateway`: one server alone, until SIGINT or SIGTERM. Each
// gives the exit code: 0 after an orderly stop, 1 when it cannot start or fails, 2 for a wrong option.
#pragma once

#include <chrono>
#include <cstdint>
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

struct KafkaCommand : ServerCommand {
  /// Where clients are told to connect, "host:port"; empty: the address that they have connected to.
  std::string advertise;
  bool auto_create_topics = true;
  std::int32_t default_partitions = 1;
  /// Of topics that say nothing else; negative: for ever, and any size.
  std::int64_t retention_ms = std::chrono::milliseconds(std::chrono::days(7)).count();
  std::int64_t retention_bytes = -1;
  /// Acknowledge what is on the disk; else what is in the page cache, which a power failure loses.
  bool flush = true;
  /// How long a new group waits for more members.
  std::int64_t group_initial_delay_ms = 3000;
};

int run_kafka(const KafkaCommand& command);

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
