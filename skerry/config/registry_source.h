// SPDX-License-Identifier: Apache-2.0
//
// RegistrySource: the registry as a configuration layer. It reads the document of one key once and follows it by watch,
// so that a change is in force a moment after it was written, without a restart and without polling.
//
//   config::RegistrySource source(client, {.group = "shop", .data_id = "order"}, configuration);
//   scope.go([&]() -> Task<> { co_await source.run(); });
//   co_await source.loaded();                      // before the first request is served
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "skerry/async/sync.h"
#include "skerry/async/task.h"
#include "skerry/config/config_key.h"
#include "skerry/config/configuration.h"
#include "skerry/etcd/client.h"
#include "skerry/etcd/mirror.h"

namespace skerry::config {

class RegistrySource {
 public:
  /// Takes the key's document, or nullopt when there is none. What it refuses it has reported.
  using Apply = std::function<void(const std::optional<std::string>& document)>;
  /// As etcd::MirrorOptions::on_connection.
  using OnConnection = std::function<void(const Result<>&)>;

  RegistrySource(std::shared_ptr<etcd::Client> client, ConfigKey key, Apply apply, OnConnection on_connection = {});
  /// Applies to the registry layer of a configuration, which must outlive this.
  template <class T>
  RegistrySource(std::shared_ptr<etcd::Client> client, ConfigKey key, Configuration<T>& configuration,
                 OnConnection on_connection = {})
      : RegistrySource(
            std::move(client), std::move(key),
            [&configuration](const std::optional<std::string>& document) {
              // Refusals are reported by the configuration and do not concern the registry.
              (void)configuration.apply(Layer::kRegistry, document);
            },
            std::move(on_connection)) {}
  RegistrySource(const RegistrySource&) = delete;
  RegistrySource& operator=(const RegistrySource&) = delete;

  /// Follows the key until cancelled, or until the registry refuses (PERMISSION_DENIED and its like); INVALID_ARGUMENT
  /// for a key that cannot be one. While the registry cannot be reached it goes on trying, and what was applied last
  /// stays. Deleting the key takes the layer away; a registry that comes back without its data does not.
  Task<> run();

  /// Waits until the document, or that there is none, was applied for the first time.
  Task<> loaded() { co_await loaded_.wait(); }

 private:
  Task<> take(etcd::MirrorUpdate update);

  const std::shared_ptr<etcd::Client> client_;
  const ConfigKey key_;
  const Apply apply_;
  const OnConnection on_connection_;
  Event loaded_;
};

}  // namespace skerry::config
