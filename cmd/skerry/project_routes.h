// SPDX-License-Identifier: Apache-2.0
//
// The routes of a project file as the gateway takes them.
#pragma once

#include <vector>

#include "cmd/skerry/project_file.h"

#include "platform/gateway/gateway.h"

namespace skerry::cmd {

inline std::vector<platform::gateway::Route> routes_of(const GatewayEntry& gateway) {
  std::vector<platform::gateway::Route> routes;
  for (const RouteEntry& entry : gateway.routes) {
    platform::gateway::Route route;
    route.path_prefix = entry.path_prefix;
    route.methods = entry.methods;
    route.service = entry.service;
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace skerry::cmd
