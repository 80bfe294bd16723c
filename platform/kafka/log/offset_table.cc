// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/offset_table.h"

#include <algorithm>

namespace skerry::platform::kafka::log {

std::size_t OffsetTable::bytes_of(const std::string& group, const TopicPartition& partition,
                                  std::size_t metadata_bytes) {
  constexpr std::size_t kFixedBytes = 64;
  return group.size() + partition.topic.size() + metadata_bytes + kFixedBytes;
}

void OffsetTable::commit(const std::string& name, const TopicPartition& partition, CommittedOffset offset) {
  Group& group = groups_[name];
  group.active_at = std::max(group.active_at, offset.committed_at);
  const auto [place, is_new] = group.offsets.try_emplace(partition);
  if (!is_new) forget(name, partition, place->second);
  ++size_;
  bytes_ += bytes_of(name, partition, offset.metadata.size());
  place->second = std::move(offset);
}

void OffsetTable::forget(const std::string& group, const TopicPartition& partition, const CommittedOffset& offset) {
  --size_;
  bytes_ -= bytes_of(group, partition, offset.metadata.size());
}

void OffsetTable::touch(const std::string& name, Timestamp time) {
  if (auto group = groups_.find(name); group != groups_.end())
    group->second.active_at = std::max(group->second.active_at, time);
}

void OffsetTable::remove(const std::string& name, const TopicPartition& partition) {
  const auto group = groups_.find(name);
  if (group == groups_.end()) return;
  const auto offset = group->second.offsets.find(partition);
  if (offset == group->second.offsets.end()) return;
  forget(name, partition, offset->second);
  group->second.offsets.erase(offset);
  if (group->second.offsets.empty()) groups_.erase(group);
}

void OffsetTable::remove_group(const std::string& name) {
  const auto group = groups_.find(name);
  if (group == groups_.end()) return;
  for (const auto& [partition, offset] : group->second.offsets) forget(name, partition, offset);
  groups_.erase(group);
}

void OffsetTable::remove_topic(const std::string& topic) {
  for (auto group = groups_.begin(); group != groups_.end();) {
    std::erase_if(group->second.offsets, [&](const auto& entry) {
      if (entry.first.topic != topic) return false;
      forget(group->first, entry.first, entry.second);
      return true;
    });
    group = group->second.offsets.empty() ? groups_.erase(group) : std::next(group);
  }
}

const OffsetTable::Group* OffsetTable::find(const std::string& name) const {
  const auto group = groups_.find(name);
  return group == groups_.end() ? nullptr : &group->second;
}

std::vector<std::string> OffsetTable::idle_since(Timestamp time) const {
  std::vector<std::string> idle;
  for (const auto& [name, group] : groups_)
    if (group.active_at < time) idle.push_back(name);
  return idle;
}

}  // namespace skerry::platform::kafka::log
