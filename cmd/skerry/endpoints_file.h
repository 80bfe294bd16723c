// SPDX-License-Identifier: Apache-2.0
//
// DATA/endpoints.json: where the platform listens, for scripts and tests that started it on free ports.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "skerry/base/json.h"

namespace skerry::cmd {

struct Endpoints {
  std::string gateway;    // "http://127.0.0.1:8080"
  std::string dashboard;  // "http://127.0.0.1:8000"
  std::string etcd;       // "http://127.0.0.1:2379"
  std::string kafka;      // "127.0.0.1:9092"
  std::string otlp_grpc;  // "127.0.0.1:4317"
  std::string otlp_http;  // "http://127.0.0.1:4318"
  /// Jaeger's query API.
  std::string trace_query;
  /// /metrics, /health, /ready and /debug of this process.
  std::string admin;
};
BOOST_DESCRIBE_STRUCT(Endpoints, (), (gateway, dashboard, etcd, kafka, otlp_grpc, otlp_http, trace_query, admin))

inline constexpr const char* kEndpointsFile = "endpoints.json";

/// Writes the file in one step: a reader sees the old one or the new one.
Result<> write_endpoints(const std::filesystem::path& data, const Endpoints& endpoints);
/// NOT_FOUND where no platform has written it; INVALID_ARGUMENT, naming the file, where it is damaged.
Result<Endpoints> read_endpoints(const std::filesystem::path& data);
/// Removes what a former run left behind.
void remove_endpoints(const std::filesystem::path& data);

}  // namespace skerry::cmd
