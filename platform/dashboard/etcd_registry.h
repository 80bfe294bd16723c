// SPDX-License-Identifier: Apache-2.0
//
// The registry as the dashboard reads it, from the server in the binary or from any etcd.
//
//   std::shared_ptr<etcd::Client> client = co_await etcd::connect({.endpoints = {"http://127.0.0.1:2379"}});
//   DashboardOptions options{.read_registry = read_etcd(client)};
#pragma once

#include <memory>

#include "platform/dashboard/registry_view.h"

namespace skerry::etcd {
class Client;
}

namespace skerry::platform::dashboard {

/// Lists the instances of all namespaces at one revision. Asks at each call and keeps nothing: what is shown is what is
/// registered, and while the registry is away the dashboard says so. Fails as etcd::Client::list.
ReadRegistry read_etcd(std::shared_ptr<skerry::etcd::Client> client);

}  // namespace skerry::platform::dashboard
