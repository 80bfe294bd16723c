// SPDX-License-Identifier: Apache-2.0
//
// `skerry dev FILE`: the platform and the services of a project file, supervised, in one terminal. Prints a line that
// begins with "ready" when every instance is registered and answers that it is ready; stops everything in order on
// SIGINT and SIGTERM.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace skerry::cmd {

struct DevOptions {
  std::string project_file;
  /// Empty: .skerry beside the project file.
  std::filesystem::path data;
  bool free_ports = false;
  /// The URL of a registry elsewhere; before the project file's own.
  std::optional<std::string> etcd;
  /// host:port of an event broker elsewhere; before the project file's own.
  std::optional<std::string> kafka;
};

/// Runs until it is stopped; gives the exit code: 0 after an orderly stop.
int run_dev(const DevOptions& options);

}  // namespace skerry::cmd
