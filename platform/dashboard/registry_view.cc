// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/registry_view.h"

#include <algorithm>
#include <utility>

#include "skerry/discovery/instance.h"

namespace skerry::platform::dashboard {
namespace {

InstanceView instance_view(discovery::Instance instance) {
  return InstanceView{.id = std::move(instance.id),
                      .address = std::move(instance.address),
                      .admin_address = std::move(instance.admin_address),
                      .version = std::move(instance.version),
                      .started_at = std::move(instance.started_at),
                      .metadata = std::move(instance.metadata),
                      .weight = instance.weight,
                      .health = std::nullopt,
                      .health_detail = std::nullopt};
}

}  // namespace

RegistryView view_of(const std::vector<RegistryEntry>& entries) {
  RegistryView view;
  std::map<std::pair<std::string, std::string>, std::vector<InstanceView>> services;
  std::size_t shown = 0;
  for (const RegistryEntry& entry : entries) {
    Result<discovery::Instance> instance = discovery::parse_instance(entry.key, entry.value);
    if (!instance || shown == kMaxShownInstances) {
      ++view.ignored;
      continue;
    }
    ++shown;
    std::pair<std::string, std::string> service(instance->namespace_, instance->service);
    services[std::move(service)].push_back(instance_view(*std::move(instance)));
  }
  for (auto& [name, instances] : services) {
    std::ranges::sort(instances, {}, &InstanceView::id);
    view.services.push_back({.name = name.second, .namespace_ = name.first, .instances = std::move(instances)});
  }
  return view;
}

}  // namespace skerry::platform::dashboard
