// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_coordinator.h"

#include <utility>

#include "skerry/async/select.h"
#include "skerry/base/check.h"
#include "skerry/base/ids.h"

namespace skerry::platform::kafka {

namespace {

template <class Answer>
void hand_over(std::unordered_map<CallToken, Channel<Answer>>& waiting, CallToken token, Answer answer) {
  const auto found = waiting.find(token);
  // Its caller was cancelled at the same time.
  if (found == waiting.end()) return;
  found->second.try_send(std::move(answer));
  waiting.erase(found);
}

}  // namespace

// A call that waits, in the frame of its task. If the task ends without the answer, the group is told.
template <class Answer>
class GroupCoordinator::Waiting {
 public:
  using Channels = std::unordered_map<CallToken, Channel<Answer>>;

  // With the mutex held.
  Waiting(GroupCoordinator& coordinator, Channels& channels, std::string group)
      : coordinator_(coordinator), channels_(channels), group_(std::move(group)), token_(++coordinator.last_token_) {
    channels_.emplace(token_, answer_);
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() {
    std::lock_guard lock(coordinator_.mutex_);
    if (channels_.erase(token_) > 0) coordinator_.abandon(group_, token_);
  }

  CallToken token() const { return token_; }
  Channel<Answer> answer() const { return answer_; }

 private:
  GroupCoordinator& coordinator_;
  Channels& channels_;
  const std::string group_;
  const CallToken token_;
  const Channel<Answer> answer_{1};
};

GroupCoordinator::GroupCoordinator(GroupOptions options) : table_(options) {}

GroupCoordinator::~GroupCoordinator() {
  SKERRY_CHECK(joins_.empty() && syncs_.empty(), "no call waits when the coordinator goes");
}

Task<JoinAnswer> GroupCoordinator::join(JoinCall call) {
  std::optional<Waiting<JoinAnswer>> waiting;
  const std::string fresh_id = random_id();
  {
    std::lock_guard lock(mutex_);
    if (!stopped_) {
      waiting.emplace(*this, joins_, call.group);
      GroupEffects effects;
      table_.join(call, waiting->token(), fresh_id, Clock::now(), effects);
      deliver(effects);
    }
  }
  if (!waiting) co_return JoinAnswer::refused(ErrorCode::kCoordinatorNotAvailable, std::move(call.member_id));
  co_return *co_await waiting->answer().receive();
}

Task<SyncAnswer> GroupCoordinator::sync(SyncCall call) {
  std::optional<Waiting<SyncAnswer>> waiting;
  {
    std::lock_guard lock(mutex_);
    if (!stopped_) {
      waiting.emplace(*this, syncs_, call.group);
      GroupEffects effects;
      table_.sync(call, waiting->token(), Clock::now(), effects);
      deliver(effects);
    }
  }
  if (!waiting) co_return SyncAnswer::refused(ErrorCode::kCoordinatorNotAvailable);
  co_return *co_await waiting->answer().receive();
}

ErrorCode GroupCoordinator::heartbeat(const MemberCall& call) {
  std::lock_guard lock(mutex_);
  if (stopped_) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = table_.heartbeat(call, Clock::now());
  wake_timer();
  return error;
}

LeaveAnswer GroupCoordinator::leave(const LeaveCall& call) {
  LeaveAnswer answer;
  std::lock_guard lock(mutex_);
  if (stopped_) {
    answer.error = ErrorCode::kCoordinatorNotAvailable;
    return answer;
  }
  GroupEffects effects;
  answer = table_.leave(call, Clock::now(), effects);
  deliver(effects);
  return answer;
}

ErrorCode GroupCoordinator::check_commit(const MemberCall& sender, const AtOnce& store) {
  std::lock_guard lock(mutex_);
  if (stopped_) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = table_.check_commit(sender, Clock::now());
  if (error == ErrorCode::kNone && store) store();
  wake_timer();
  return error;
}

GroupState GroupCoordinator::state(std::string_view group) {
  std::lock_guard lock(mutex_);
  return table_.state(group);
}

DescribedGroup GroupCoordinator::describe(std::string_view group) {
  std::lock_guard lock(mutex_);
  DescribedGroup described = table_.describe(group);
  if (stopped_) described.error = ErrorCode::kCoordinatorNotAvailable;
  return described;
}

std::vector<ListedGroup> GroupCoordinator::list() {
  std::lock_guard lock(mutex_);
  return table_.list();
}

ErrorCode GroupCoordinator::delete_group(std::string_view group, const AtOnce& forget_offsets) {
  std::lock_guard lock(mutex_);
  if (stopped_) return ErrorCode::kCoordinatorNotAvailable;
  const ErrorCode error = table_.delete_group(group);
  const bool nobody_is_in_it = error == ErrorCode::kNone || error == ErrorCode::kGroupIdNotFound;
  if (nobody_is_in_it && forget_offsets) forget_offsets();
  return error;
}

GroupCoordinator::Counts GroupCoordinator::counts() {
  std::lock_guard lock(mutex_);
  return {table_.size(), table_.member_count(), joins_.size() + syncs_.size(), table_.generations(), looks_};
}

void GroupCoordinator::stop() {
  std::lock_guard lock(mutex_);
  if (std::exchange(stopped_, true)) return;
  GroupEffects effects;
  table_.close(ErrorCode::kNotCoordinator, effects);
  deliver(effects);
  timer_changed_.try_send(true);
}

Task<> GroupCoordinator::run() {
  while (true) {
    bool stopped = false;
    GroupTime next = kNever;
    {
      std::lock_guard lock(mutex_);
      GroupEffects effects;
      table_.tick(Clock::now(), effects);
      deliver(effects);
      next = timer_ = table_.next_tick().value_or(kNever);
      ++looks_;
      stopped = stopped_;
    }
    if (stopped) co_return;
    std::optional<bool> changed;
    if (next == kNever) {
      co_await timer_changed_.receive();
    } else {
      co_await select(timer_changed_.on_receive(changed), after(next - Clock::now()));
    }
  }
}

void GroupCoordinator::deliver(GroupEffects& effects) {
  for (auto& [token, answer] : effects.joins) hand_over(joins_, token, std::move(answer));
  for (auto& [token, answer] : effects.syncs) hand_over(syncs_, token, std::move(answer));
  wake_timer();
}

void GroupCoordinator::wake_timer() {
  const GroupTime next = table_.next_tick().value_or(kNever);
  if (next >= timer_) return;
  // Until run() has looked, nobody else needs to tell it.
  timer_ = next;
  timer_changed_.try_send(true);
}

void GroupCoordinator::abandon(const std::string& group, CallToken token) {
  table_.abandon(group, token, Clock::now());
  wake_timer();
}

}  // namespace skerry::platform::kafka
