// SPDX-License-Identifier: Apache-2.0
//
// Where the running system is that `skerry ctl` talks to: what the command line or the environment says, else what
// `skerry dev` wrote into DATA/endpoints.json.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "skerry/base/result.h"
#include "skerry/etcd/client.h"

namespace skerry::cmd {

/// What every `skerry ctl` command takes.
struct CtlOptions {
  /// The directory that `skerry dev --data` has.
  std::filesystem::path data = ".skerry";
  /// host:port, several with commas. Empty: that of endpoints.json.
  std::string kafka;
  /// The registry's URL. Empty: that of endpoints.json.
  std::string etcd;
  /// Answers in JSON.
  bool json = false;
};

/// The broker's address. NOT_FOUND, saying what to do, without an option and without a platform that runs;
/// INVALID_ARGUMENT for "none", which says that there is none.
Result<std::string> broker_of(const CtlOptions& options);

/// A client of the registry. Errors: as broker_of, and INVALID_ARGUMENT for what is no address.
Result<std::shared_ptr<etcd::Client>> registry_of(const CtlOptions& options);

}  // namespace skerry::cmd
