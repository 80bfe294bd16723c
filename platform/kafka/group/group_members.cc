// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_members.h"

#include <algorithm>
#include <utility>

#include "skerry/base/check.h"

namespace skerry::platform::kafka {

std::string_view GroupMember::metadata(std::string_view protocol) const {
  const auto found = std::ranges::find(protocols, protocol, &MemberProtocol::name);
  return found == protocols.end() ? std::string_view() : std::string_view(found->metadata);
}

std::size_t GroupMember::metadata_bytes() const {
  std::size_t bytes = client_id.size() + client_host.size();
  for (const MemberProtocol& protocol : protocols) bytes += protocol.name.size() + protocol.metadata.size();
  return bytes;
}

GroupMember* GroupMembers::find(std::string_view id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

GroupMember* GroupMembers::find_static(std::string_view instance_id) {
  const auto found = ids_by_instance_.find(instance_id);
  return found == ids_by_instance_.end() ? nullptr : find(found->second);
}

GroupMember& GroupMembers::add(GroupMember member) {
  if (member.instance_id) {
    const bool fresh = ids_by_instance_.emplace(*member.instance_id, member.id).second;
    SKERRY_CHECK(fresh, "an instance id belongs to one member");
  }
  if (members_.empty()) leader_ = member.id;
  const auto [place, added] = members_.try_emplace(member.id, std::move(member));
  SKERRY_CHECK(added, "a member is added once");
  return place->second;
}

void GroupMembers::remove(const std::string& id) {
  const auto found = members_.find(id);
  SKERRY_CHECK(found != members_.end(), "a member that is removed is in the group");
  if (found->second.instance_id) ids_by_instance_.erase(*found->second.instance_id);
  const bool led = leader_ == found->first;
  members_.erase(found);
  if (led) leader_ = members_.empty() ? std::string() : members_.begin()->first;
}

GroupMember& GroupMembers::rename(const std::string& old_id, std::string new_id) {
  auto node = members_.extract(old_id);
  SKERRY_CHECK(!node.empty(), "a member that is renamed is in the group");
  if (leader_ == node.key()) leader_ = new_id;
  node.mapped().id = new_id;
  if (node.mapped().instance_id) ids_by_instance_[*node.mapped().instance_id] = new_id;
  node.key() = std::move(new_id);
  const auto inserted = members_.insert(std::move(node));
  SKERRY_CHECK(inserted.inserted, "a new member id is unique");
  return inserted.position->second;
}

bool GroupMembers::elect_leader() {
  // One whose client hung up while it waited will hardly assign anything: it leads only if there is no other.
  const GroupMember* best = nullptr;
  for (const auto& [id, member] : members_) {
    if (!member.joined) continue;
    const bool waits = member.join_call != kNoCall;
    if (waits && id == leader_) return true;
    if (best == nullptr || (waits && best->join_call == kNoCall)) best = &member;
  }
  if (best == nullptr) return false;
  leader_ = best->id;
  return true;
}

bool GroupMembers::all_joined() const {
  return std::ranges::all_of(members_, [](const auto& entry) { return entry.second.joined; });
}

bool GroupMembers::all_support(std::string_view protocol) const {
  return std::ranges::all_of(members_, [&](const auto& entry) {
    return std::ranges::find(entry.second.protocols, protocol, &MemberProtocol::name) != entry.second.protocols.end();
  });
}

bool GroupMembers::all_support_one_of(const std::vector<MemberProtocol>& protocols) const {
  return std::ranges::any_of(protocols, [&](const MemberProtocol& protocol) { return all_support(protocol.name); });
}

std::string GroupMembers::choose_protocol() const {
  std::vector<std::pair<std::string_view, std::size_t>> votes;
  for (const MemberProtocol& protocol : members_.at(leader_).protocols)
    if (all_support(protocol.name)) votes.emplace_back(protocol.name, 0);
  SKERRY_CHECK(!votes.empty(), "every member that was let in knows a protocol of all");
  for (const auto& [id, member] : members_) {
    for (const MemberProtocol& protocol : member.protocols) {
      const auto candidate = std::ranges::find(votes, protocol.name, &std::pair<std::string_view, std::size_t>::first);
      if (candidate == votes.end()) continue;
      ++candidate->second;
      break;
    }
  }
  return std::string(std::ranges::max_element(votes, {}, &std::pair<std::string_view, std::size_t>::second)->first);
}

std::chrono::milliseconds GroupMembers::rebalance_timeout() const {
  std::chrono::milliseconds longest{0};
  for (const auto& [id, member] : members_) longest = std::max(longest, member.rebalance_timeout);
  return longest;
}

std::size_t GroupMembers::metadata_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [id, member] : members_) bytes += member.metadata_bytes();
  return bytes;
}

}  // namespace skerry::platform::kafka
