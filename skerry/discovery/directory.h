// SPDX-License-Identifier: Apache-2.0
//
// Directory: the live instances of all services of a namespace. It lists them once and follows the registry by watch;
// it never polls. The one thing to know: while the registry is away, what was known last stays, and a registry that
// comes back without its data does not empty the directory at once either.
//
//   discovery::Directory directory(client);
//   scope.go([&]() -> Task<> { co_await directory.run(); });
//   co_await directory.ready();
//   Live<discovery::Endpoints> orders = directory.endpoints("order");
//
// For calling the instances, see resolver.h.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "skerry/async/live.h"
#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/discovery/directory_state.h"
#include "skerry/discovery/endpoints.h"
#include "skerry/etcd/client.h"

namespace skerry {
class Scope;
}

namespace skerry::discovery {

struct DirectoryOptions {
  std::string namespace_ = std::string(kDefaultNamespace);
  /// How long the instances stay that a registry which lost its data does not list: longer than the instances' leases.
  std::chrono::milliseconds grace_after_loss{15'000};
  /// Called with success when the registry is reached, at first and again, and with the error at each failure. May be
  /// empty.
  std::function<void(const Result<>&)> on_connection = {};
  /// Called with what is ignored and why, for the log. May be empty.
  std::function<void(const std::string&)> on_warning = {};
};

/// All methods but run may be called from any thread.
class Directory {
 public:
  explicit Directory(std::shared_ptr<etcd::Client> client, DirectoryOptions options = {});
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// Follows the registry until cancelled, or until the registry refuses (PERMISSION_DENIED and its like). While it
  /// cannot be reached it goes on trying. Not for two tasks at once.
  Task<> run();

  /// Waits until the registry was listed for the first time. Ends only then, or when the caller is cancelled.
  Task<> ready();
  bool is_ready() const { return ready_.is_set(); }

  /// The instances of a service, now and from now on; empty while there are none, or while the registry was not
  /// reached. A change of other services does not wake its watchers.
  Live<Endpoints> endpoints(const std::string& service);
  /// The addresses that calls to the service may go to, in the form that an http::Client takes.
  Live<http::Endpoints> addresses(const std::string& service);
  /// The names of the services that have an instance.
  std::vector<std::string> services() const;

 private:
  struct Service {
    Live<Endpoints> endpoints;
    Live<http::Endpoints> addresses;
  };
  Service& service_named(const std::string& service);

  Task<> apply(Scope& scope, etcd::MirrorUpdate update);
  void publish(const DirectoryState::Change& change);
  Task<> expire_at(DirectoryState::TimePoint when);

  const std::shared_ptr<etcd::Client> client_;
  const DirectoryOptions options_;
  Event ready_;
  mutable std::mutex mutex_;
  DirectoryState state_;
  std::map<std::string, Service> live_;
};

}  // namespace skerry::discovery
