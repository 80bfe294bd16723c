// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/group/group_calls.h"

#include <utility>

namespace skerry::platform::kafka {

std::string_view state_name(GroupState state) {
  switch (state) {
    case GroupState::kEmpty:
      return "Empty";
    case GroupState::kPreparingRebalance:
      return "PreparingRebalance";
    case GroupState::kCompletingRebalance:
      return "CompletingRebalance";
    case GroupState::kStable:
      return "Stable";
    case GroupState::kDead:
      break;
  }
  return "Dead";
}

JoinAnswer JoinAnswer::refused(ErrorCode error, std::string member_id) {
  JoinAnswer answer;
  answer.error = error;
  answer.member_id = std::move(member_id);
  return answer;
}

SyncAnswer SyncAnswer::refused(ErrorCode error) {
  SyncAnswer answer;
  answer.error = error;
  return answer;
}

}  // namespace skerry::platform::kafka
