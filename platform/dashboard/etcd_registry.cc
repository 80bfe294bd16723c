// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/etcd_registry.h"

#include <utility>

#include "skerry/discovery/instance.h"
#include "skerry/etcd/client.h"

namespace skerry::platform::dashboard {
namespace {

Task<std::vector<RegistryEntry>> list_services(std::shared_ptr<skerry::etcd::Client> client) {
  skerry::etcd::RangeResult found =
      co_await client->list(skerry::etcd::KeyRange::prefix(std::string(discovery::kServicesRoot)));
  std::vector<RegistryEntry> entries;
  entries.reserve(found.key_values.size());
  for (skerry::etcd::KeyValue& pair : found.key_values)
    entries.emplace_back(std::move(pair.key), std::move(pair.value));
  co_return entries;
}

}  // namespace

ReadRegistry read_etcd(std::shared_ptr<skerry::etcd::Client> client) {
  return [client = std::move(client)] { return list_services(client); };
}

}  // namespace skerry::platform::dashboard
