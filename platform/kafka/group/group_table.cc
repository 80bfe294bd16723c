// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_table.h"

namespace skerry::platform::kafka {

class GroupTable::Step {
 public:
  Step(GroupTable& table, Entry& entry) : table_(table), entry_(entry), generation_(entry.group.generation()) {}
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;
  ~Step() {
    table_.generations_ += static_cast<std::uint64_t>(entry_.group.generation() - generation_);
    // A group in which nothing has ever happened is one that a refused call has made.
    if (entry_.group.is_idle() && entry_.group.generation() == 0) {
      table_.erase(entry_);
    } else {
      table_.reindex(entry_);
    }
  }
  Group* operator->() { return &entry_.group; }

 private:
  GroupTable& table_;
  Entry& entry_;
  std::int32_t generation_;
};

void GroupTable::join(const JoinCall& call, CallToken token, std::string_view fresh_id, GroupTime now,
                      GroupEffects& effects) {
  const auto refuse = [&](ErrorCode error) {
    effects.joins.emplace_back(token, JoinAnswer::refused(error, call.member_id));
  };
  if (call.group.empty()) return refuse(ErrorCode::kInvalidGroupId);
  if (call.session_timeout < options_.min_session_timeout || call.session_timeout > options_.max_session_timeout)
    return refuse(ErrorCode::kInvalidSessionTimeout);
  Entry* entry = find(call.group);
  if (entry == nullptr && !call.member_id.empty()) return refuse(ErrorCode::kUnknownMemberId);
  if (entry == nullptr) entry = find_or_make(call);
  if (entry == nullptr) return refuse(ErrorCode::kCoordinatorNotAvailable);
  Step(*this, *entry)->join(call, token, fresh_id, now, effects);
}

void GroupTable::sync(const SyncCall& call, CallToken token, GroupTime now, GroupEffects& effects) {
  if (Entry* entry = find(call.group)) {
    Step(*this, *entry)->sync(call, token, now, effects);
    return;
  }
  const ErrorCode error = call.group.empty() ? ErrorCode::kInvalidGroupId : ErrorCode::kUnknownMemberId;
  effects.syncs.emplace_back(token, SyncAnswer::refused(error));
}

void GroupTable::abandon(std::string_view group, CallToken token, GroupTime now) {
  if (Entry* entry = find(group)) Step(*this, *entry)->abandon(token, now);
}

ErrorCode GroupTable::heartbeat(const MemberCall& call, GroupTime now) {
  if (Entry* entry = find(call.group)) return Step(*this, *entry)->heartbeat(call, now);
  return call.group.empty() ? ErrorCode::kInvalidGroupId : ErrorCode::kUnknownMemberId;
}

LeaveAnswer GroupTable::leave(const LeaveCall& call, GroupTime now, GroupEffects& effects) {
  if (Entry* entry = find(call.group)) return Step(*this, *entry)->leave(call, now, effects);
  LeaveAnswer answer;
  answer.error = call.group.empty() ? ErrorCode::kInvalidGroupId : ErrorCode::kUnknownMemberId;
  return answer;
}

ErrorCode GroupTable::check_commit(const MemberCall& sender, GroupTime now) {
  if (Entry* entry = find(sender.group)) return Step(*this, *entry)->check_commit(sender, now);
  return sender.generation < 0 ? ErrorCode::kNone : ErrorCode::kIllegalGeneration;
}

GroupState GroupTable::state(std::string_view group) const {
  const auto found = groups_.find(group);
  return found == groups_.end() ? GroupState::kDead : found->second->group.state();
}

DescribedGroup GroupTable::describe(std::string_view group) const {
  if (const auto found = groups_.find(group); found != groups_.end()) return found->second->group.describe();
  DescribedGroup unknown;
  unknown.group = group;
  return unknown;
}

std::vector<ListedGroup> GroupTable::list() const {
  std::vector<ListedGroup> listed;
  listed.reserve(groups_.size());
  for (const auto& [id, entry] : groups_) listed.push_back(entry->group.list());
  return listed;
}

ErrorCode GroupTable::delete_group(std::string_view group) {
  if (group.empty()) return ErrorCode::kInvalidGroupId;
  Entry* entry = find(group);
  if (entry == nullptr) return ErrorCode::kGroupIdNotFound;
  if (entry->group.state() != GroupState::kEmpty) return ErrorCode::kNonEmptyGroup;
  erase(*entry);
  return ErrorCode::kNone;
}

void GroupTable::tick(GroupTime now, GroupEffects& effects) {
  while (!by_wake_.empty() && by_wake_.begin()->first <= now)
    Step(*this, *by_wake_.begin()->second)->tick(now, effects);
}

std::optional<GroupTime> GroupTable::next_tick() const {
  if (by_wake_.empty()) return std::nullopt;
  return by_wake_.begin()->first;
}

void GroupTable::close(ErrorCode error, GroupEffects& effects) {
  for (auto& [id, entry] : groups_) entry->group.close(error, effects);
  by_wake_.clear();
  groups_.clear();
}

std::size_t GroupTable::member_count() const {
  std::size_t members = 0;
  for (const auto& [id, entry] : groups_) members += entry->group.size();
  return members;
}

GroupTable::Entry* GroupTable::find(std::string_view group) {
  const auto found = groups_.find(group);
  return found == groups_.end() ? nullptr : found->second.get();
}

GroupTable::Entry* GroupTable::find_or_make(const JoinCall& call) {
  if (groups_.size() >= options_.max_groups && !forget_an_idle_group()) return nullptr;
  const auto [place, added] = groups_.emplace(call.group, std::make_unique<Entry>(call.group, options_));
  return place->second.get();
}

bool GroupTable::forget_an_idle_group() {
  Entry* oldest = nullptr;
  for (auto& [id, entry] : groups_) {
    if (!entry->group.is_idle()) continue;
    if (oldest == nullptr || entry->group.empty_since() < oldest->group.empty_since()) oldest = entry.get();
  }
  if (oldest == nullptr) return false;
  erase(*oldest);
  return true;
}

void GroupTable::reindex(Entry& entry) {
  const GroupTime wake_at = entry.group.wake_at();
  if (wake_at == entry.indexed) return;
  if (entry.indexed != kNever) by_wake_.erase({entry.indexed, &entry});
  if (wake_at != kNever) by_wake_.emplace(wake_at, &entry);
  entry.indexed = wake_at;
}

void GroupTable::erase(Entry& entry) {
  if (entry.indexed != kNever) by_wake_.erase({entry.indexed, &entry});
  groups_.erase(groups_.find(entry.group.id()));
}

}  // namespace skerry::platform::kafka
