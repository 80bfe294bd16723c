// SPDX-License-Identifier: Apache-2.0
//
// Endpoint: where a collector listens and which of OTLP's two protocols it speaks there, from one text:
//
//   "127.0.0.1:4317", "grpc://127.0.0.1:4317"        gRPC
//   "http://127.0.0.1:4317"                          gRPC: the field writes its gRPC port so
//   "http://127.0.0.1:4318", "http://host/base"      protobuf over HTTP, to /v1/traces, /base/v1/traces ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "skerry/base/result.h"

namespace skerry::otlp {

inline constexpr std::uint16_t kGrpcPort = 4317;
inline constexpr std::uint16_t kHttpPort = 4318;

enum class Protocol : std::uint8_t { kGrpc, kHttp };

struct Endpoint {
  Protocol protocol = Protocol::kGrpc;
  /// "host:port".
  std::string authority;
  /// What stands before /v1/traces; empty or "/base".
  std::string base_path;

  /// A missing port is the protocol's own. INVALID_ARGUMENT for what is no such text; UNIMPLEMENTED for https.
  static Result<Endpoint> parse(std::string_view text);
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace skerry::otlp
