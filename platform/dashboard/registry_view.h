// SPDX-License-Identifier: Apache-2.0
//
// What the dashboard tells of the registry: the instances under /skerry/services/, grouped by service, as the JSON of
// GET /api/registry/services. Pure.
//
//   {"services":[{"name":"user","namespace":"public","instances":[{"id":"user-1","address":"127.0.0.1:40001", ...}]}],
//    "ignored":0}
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "skerry/async/task.h"
#include "skerry/base/json.h"

namespace skerry::platform::dashboard {

/// More instances than this are not shown; they count as ignored.
inline constexpr std::size_t kMaxShownInstances = 10'000;

/// A key under kServicesRoot and its value.
struct RegistryEntry {
  std::string key;
  std::string value;
};

/// Gives what is under discovery::kServicesRoot now. Called on every worker.
using ReadRegistry = std::function<Task<std::vector<RegistryEntry>>()>;

struct InstanceView {
  std::string id;
  std::string address;
  std::string admin_address;
  std::string version;
  std::string started_at;
  std::map<std::string, std::string> metadata;
  std::uint32_t weight = 1;
  /// "ready", "not_ready" or "unreachable"; nullopt where the instance was not asked (health.h) or has no /ready.
  std::optional<std::string> health;
  /// Why it is not ready.
  std::optional<std::string> health_detail;
};
BOOST_DESCRIBE_STRUCT(InstanceView, (),
                      (id, address, admin_address, version, started_at, metadata, weight, health, health_detail))

struct ServiceView {
  std::string name;
  std::string namespace_;
  /// By id.
  std::vector<InstanceView> instances;
};
BOOST_DESCRIBE_STRUCT(ServiceView, (), (name, namespace_, instances))

struct RegistryView {
  /// By namespace and name.
  std::vector<ServiceView> services;
  /// Entries that are no instance: anyone may put keys there.
  std::uint64_t ignored = 0;
};
BOOST_DESCRIBE_STRUCT(RegistryView, (), (services, ignored))

RegistryView view_of(const std::vector<RegistryEntry>& entries);

}  // namespace skerry::platform::dashboard
