// SPDX-License-Identifier: Apache-2.0
//
// GroupMembers: who is in a consumer group, which protocols all of them know, and who leads. A part of Group, which
// says when members come and go; this table keeps what follows from that in order.
//
//   members.add(std::move(member));
//   if (members.elect_leader()) protocol = members.choose_protocol();
//
// Invariants:
//  1. While there are members, leader() is one of them.
//  2. Each instance id belongs to at most one member.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/kafka/group/group_effects.h"

namespace skerry::platform::kafka {

struct GroupMember {
  std::string id;
  std::optional<std::string> instance_id;  // set: a static member (KIP-345)
  std::string client_id;
  std::string client_host;
  std::chrono::milliseconds session_timeout{};
  std::chrono::milliseconds rebalance_timeout{};
  std::vector<MemberProtocol> protocols;
  std::string assignment;

  CallToken join_call = kNoCall;  // the call that waits for the next generation
  CallToken sync_call = kNoCall;  // the call that waits for the assignments
  bool joined = false;            // has joined the rebalance that is being prepared
  bool must_sync = false;         // was told the current generation and has not asked for its assignment
  bool is_new = true;             // was never told a generation
  GroupTime session_ends = kNever;

  /// Its metadata for the protocol; empty if it does not know it.
  std::string_view metadata(std::string_view protocol) const;
  std::size_t metadata_bytes() const;
};

class GroupMembers {
 public:
  using Map = std::map<std::string, GroupMember, std::less<>>;

  bool empty() const { return members_.empty(); }
  std::size_t size() const { return members_.size(); }
  Map::iterator begin() { return members_.begin(); }
  Map::iterator end() { return members_.end(); }
  Map::const_iterator begin() const { return members_.begin(); }
  Map::const_iterator end() const { return members_.end(); }

  /// Null if there is none. Pointers and references to members stay valid until the member goes or is renamed.
  GroupMember* find(std::string_view id);
  GroupMember* find_static(std::string_view instance_id);

  /// The first member leads. Precondition: neither its id nor its instance id is taken.
  GroupMember& add(GroupMember member);
  /// Takes the member out; another one leads if it did. Precondition: it is there.
  void remove(const std::string& id);
  /// The static member comes back as a client that does not know its member id: it stays what it is under a new one.
  GroupMember& rename(const std::string& old_id, std::string new_id);

  /// Empty without members.
  const std::string& leader() const { return leader_; }
  bool is_leader(std::string_view id) const { return !leader_.empty() && leader_ == id; }
  /// Makes a member that has joined the leader if the present one has not, or if its client is gone. False if no member
  /// has joined.
  bool elect_leader();

  bool all_joined() const;
  /// True if every member knows one of the protocols.
  bool all_support_one_of(const std::vector<MemberProtocol>& protocols) const;
  /// Of the protocols that all know, the one that most members would take first; among equals, the leader's first.
  /// Precondition: there are members.
  std::string choose_protocol() const;
  /// The longest of the members'; zero without members.
  std::chrono::milliseconds rebalance_timeout() const;
  std::size_t metadata_bytes() const;

 private:
  bool all_support(std::string_view protocol) const;

  Map members_;
  std::map<std::string, std::string, std::less<>> ids_by_instance_;
  std::string leader_;
};

}  // namespace skerry::platform::kafka
