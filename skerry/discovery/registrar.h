// SPDX-License-Identifier: Apache-2.0
//
// Registrar: keeps an instance in the registry as long as its process lives. The entry hangs on a lease, so that it
// goes by itself when the process is killed; on an orderly stop it goes at once. When the lease is lost, because the
// registry was away for too long or came back without its data, the instance is registered anew.
//
//   discovery::Registrar registrar(client);
//   Live<discovery::Instance> instance({.id = "order-1", .service = "order", .address = "127.0.0.1:41234"});
//   scope.go([&]() -> Task<> { co_await registrar.run(instance); });
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "skerry/async/live.h"
#include "skerry/async/task.h"
#include "skerry/discovery/instance.h"
#include "skerry/etcd/client.h"
#include "skerry/etcd/session.h"

namespace skerry::discovery {

struct RegistrarOptions {
  /// The lease: `session.ttl` is how long a killed process stays in the registry.
  etcd::SessionOptions session{};
  /// Called with success when the instance is registered, at first and anew, and with the reason when that is not so.
  /// May be empty.
  std::function<void(const Result<>&)> on_state = {};
};

class Registrar {
 public:
  explicit Registrar(std::shared_ptr<etcd::Client> client, RegistrarOptions options = {});
  Registrar(const Registrar&) = delete;
  Registrar& operator=(const Registrar&) = delete;

  /// Registers the instance and keeps it registered, with its newest value (a weight of 0 drains it), until cancelled;
  /// then takes it out of the registry, for which it takes at most `session.revoke_timeout`. While the registry cannot
  /// be reached it goes on trying. Fails with INVALID_ARGUMENT for an instance that is not valid or that changes its
  /// key, and when the registry refuses (PERMISSION_DENIED and its like). Not for two tasks at once.
  Task<> run(Live<Instance> instance);

  /// Whether the instance is in the registry, as far as this process knows.
  Live<bool> registered() const { return registered_; }

 private:
  Task<> keep_registered(Live<Instance> instance, std::string key, etcd::LeaseId lease, etcd::Backoff& outer);
  Task<> put_until_done(std::string key, std::string value, etcd::LeaseId lease);
  void set_state(const Result<>& state);

  const std::shared_ptr<etcd::Client> client_;
  const RegistrarOptions options_;
  const Live<bool> registered_{false};
};

}  // namespace skerry::discovery
