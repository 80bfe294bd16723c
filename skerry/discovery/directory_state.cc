// SPDX-License-Identifier: Apache-2.0
#include "skerry/discovery/directory_state.h"

#include <algorithm>

namespace skerry::discovery {

void DirectoryState::put(const std::string& key, const std::string& value, Change& change) {
  Result<Instance> parsed = parse_instance(key, value);
  if (!parsed) {
    // What cannot be read is no reason to stop calling an instance that is there.
    change.warnings.push_back(fmt::format("ignored: {}", parsed.error().message()));
    return;
  }
  const auto at = entries_.find(key);
  if (at == entries_.end() && entries_.size() >= kMaxInstances) {
    change.warnings.push_back(fmt::format("ignored: {}: there are more than {} instances", key, kMaxInstances));
    return;
  }
  if (at != entries_.end() && at->second.instance == *parsed) {
    at->second.stale_until.reset();
    return;
  }
  change.services.insert(parsed->service);
  keys_of_[parsed->service].insert(key);
  entries_.insert_or_assign(key, Entry{.instance = *std::move(parsed)});
}

void DirectoryState::erase(const std::string& key, Change& change) {
  const auto at = entries_.find(key);
  if (at == entries_.end()) return;
  const std::string service = at->second.instance.service;
  change.services.insert(service);
  const auto keys = keys_of_.find(service);
  keys->second.erase(key);
  if (keys->second.empty()) keys_of_.erase(keys);
  entries_.erase(at);
}

DirectoryState::Change DirectoryState::apply(const etcd::MirrorUpdate& update, TimePoint now) {
  Change change;
  if (update.kind == etcd::MirrorUpdate::Kind::kAll) {
    std::set<std::string_view> listed;
    for (const etcd::KeyValue& found : update.key_values) listed.insert(found.key);
    std::vector<std::string> missing;
    for (auto& [key, entry] : entries_) {
      if (listed.contains(key)) continue;
      if (!update.after_loss) {
        missing.push_back(key);
      } else if (!entry.stale_until) {
        entry.stale_until = now + grace_;
        change.expire_at = entry.stale_until;
      }
    }
    for (const std::string& key : missing) erase(key, change);
    for (const etcd::KeyValue& found : update.key_values) put(found.key, found.value, change);
    return change;
  }
  for (const etcd::Event& event : update.events) {
    if (event.type == etcd::Event::Type::kDelete) {
      erase(event.key_value.key, change);
    } else {
      put(event.key_value.key, event.key_value.value, change);
    }
  }
  return change;
}

DirectoryState::Change DirectoryState::expire(TimePoint now) {
  Change change;
  std::vector<std::string> over;
  for (const auto& [key, entry] : entries_) {
    if (!entry.stale_until) continue;
    if (*entry.stale_until <= now) {
      over.push_back(key);
    } else {
      change.expire_at = std::min(change.expire_at.value_or(*entry.stale_until), *entry.stale_until);
    }
  }
  for (const std::string& key : over) erase(key, change);
  return change;
}

std::vector<Instance> DirectoryState::instances(const std::string& service) const {
  std::vector<Instance> found;
  const auto keys = keys_of_.find(service);
  if (keys == keys_of_.end()) return found;
  for (const std::string& key : keys->second) found.push_back(entries_.at(key).instance);
  return found;
}

std::vector<std::string> DirectoryState::services() const {
  std::vector<std::string> names;
  for (const auto& [service, keys] : keys_of_) names.push_back(service);
  return names;
}

}  // namespace skerry::discovery
