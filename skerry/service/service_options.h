// SPDX-License-Identifier: Apache-2.0
//
// What a service is told from outside, by its command line and, for each option, by an environment variable that counts
// where the option is not given.
//
//   --listen ADDR    SKERRY_LISTEN                  127.0.0.1:0: loopback, a free port
//   --advertise ADDR SKERRY_ADVERTISE               where --listen got to; needed when that is 0.0.0.0 or [::]
//   --admin ADDR     SKERRY_ADMIN                   127.0.0.1:0
//   --data DIR       SKERRY_DATA                    .skerry/{service}
//   --etcd URL       SKERRY_ETCD                    http://127.0.0.1:2379; "none": no registry
//   --otlp URL       OTEL_EXPORTER_OTLP_ENDPOINT    http://127.0.0.1:4317; "none": no export
//   --instance ID    SKERRY_INSTANCE                {service}- and eight random letters
//   --workers N      SKERRY_WORKERS                 one for each processor
//   --log-level L    SKERRY_LOG_LEVEL               info
//
// SKERRY_SERVICE_CONFIG holds the configuration's file layer as a JSON object, which `skerry dev` takes from
// `skerry.yaml`.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "skerry/base/result.h"
#include "skerry/net/address.h"
#include "skerry/telemetry/log.h"

namespace skerry {

/// What stands for "not at all" where a URL is expected.
inline constexpr std::string_view kNone = "none";
/// The most workers that can be asked for.
inline constexpr unsigned kMaxWorkers = 1024;

struct ServiceOptions {
  net::HostPort listen{.host = "127.0.0.1", .port = 0};
  /// What others call: the registry's address of this instance. Port 0: the port of `listen`.
  std::optional<net::HostPort> advertise;
  net::HostPort admin{.host = "127.0.0.1", .port = 0};
  std::filesystem::path data;
  /// Empty: no registry. May be a list with commas.
  std::string etcd;
  /// host:port of the event broker's first nodes, with commas. Empty: none.
  std::string kafka;
  /// Empty: nothing is exported.
  std::string otlp;
  std::string instance;
  /// 0: one for each processor.
  unsigned workers = 0;
  telemetry::LogLevel log_level = telemetry::LogLevel::kInfo;
  std::optional<std::string> file_config;
};

/// What the command line asked for instead of serving.
struct CommandLineAnswer {
  std::string text;
  int exit_code = 0;
};

/// Gives an environment variable, nullopt when it is not set.
using ReadEnvironment = std::function<std::optional<std::string>(const std::string&)>;

/// The environment of this process.
std::optional<std::string> process_variable(const std::string& name);

/// Reads the command line; `answer` is set for --help and --version. INVALID_ARGUMENT that names the option or the
/// variable.
Result<ServiceOptions> read_service_options(const std::string& service, int argc, const char* const* argv,
                                            const ReadEnvironment& environment,
                                            std::optional<CommandLineAnswer>& answer);

}  // namespace skerry
