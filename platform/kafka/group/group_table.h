// SPDX-License-Identifier: Apache-2.0
//
// GroupTable: all consumer groups of a broker, and when the next of them has something to do. Pure like Group: time and
// fresh ids come in, answers of calls that had to wait go out.
//
//   GroupTable groups(options);
//   groups.join(call, token, random_id(), now, effects);
//   if (auto next = groups.next_tick()) groups.tick(*next, effects);
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/kafka/group/group.h"

namespace skerry::platform::kafka {

class GroupTable {
 public:
  explicit GroupTable(GroupOptions options) : options_(options) {}
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  // See Group. A call for a group that is not known gets UNKNOWN_MEMBER_ID, for an empty group id INVALID_GROUP_ID.

  /// Makes the group if the caller is not a member yet. COORDINATOR_NOT_AVAILABLE when there are too many groups with
  /// members, so that clients try again later.
  void join(const JoinCall& call, CallToken token, std::string_view fresh_id, GroupTime now, GroupEffects& effects);
  void sync(const SyncCall& call, CallToken token, GroupTime now, GroupEffects& effects);
  /// Nothing if the call was answered already.
  void abandon(std::string_view group, CallToken token, GroupTime now);
  ErrorCode heartbeat(const MemberCall& call, GroupTime now);
  LeaveAnswer leave(const LeaveCall& call, GroupTime now, GroupEffects& effects);
  ErrorCode check_commit(const MemberCall& sender, GroupTime now);

  /// Dead for a group that is not known.
  GroupState state(std::string_view group) const;
  DescribedGroup describe(std::string_view group) const;
  /// In order of the group id.
  std::vector<ListedGroup> list() const;
  ErrorCode delete_group(std::string_view group);

  /// Ends what is over in all groups.
  void tick(GroupTime now, GroupEffects& effects);
  /// When tick() is to be called next, or earlier; nullopt if there is nothing to wait for.
  std::optional<GroupTime> next_tick() const;

  /// Answers all waiting calls with the error and forgets all groups.
  void close(ErrorCode error, GroupEffects& effects);

  std::size_t size() const { return groups_.size(); }
  std::size_t member_count() const;
  /// Generations begun in all groups.
  std::uint64_t generations() const { return generations_; }

 private:
  struct Entry {
    Entry(std::string id, const GroupOptions& options) : group(std::move(id), options) {}
    Group group;
    GroupTime indexed = kNever;  // its place in by_wake_
  };
  // Keeps the index right around a step of a group.
  class Step;

  Entry* find(std::string_view group);
  Entry* find_or_make(const JoinCall& call);
  bool forget_an_idle_group();
  void reindex(Entry& entry);
  void erase(Entry& entry);

  const GroupOptions options_;
  std::map<std::string, std::unique_ptr<Entry>, std::less<>> groups_;
  std::set<std::pair<GroupTime, Entry*>> by_wake_;  // the groups that have something to wait for
  std::uint64_t generations_ = 0;
};

}  // namespace skerry::platform::kafka
