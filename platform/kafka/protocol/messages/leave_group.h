// SPDX-License-Identifier: Apache-2.0
//
// LeaveGroup: a member goes, from version 3 on several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct LeaveGroupRequest {
  static constexpr ApiKey kKey = ApiKey::kLeaveGroup;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;

    void fields(this auto& self, auto& visit) {
      visit(self.member_id);
      visit(self.group_instance_id);
    }
    friend bool operator==(const Member&, const Member&) = default;
  };

  std::string group_id;
  std::string member_id;
  std::vector<Member> members;

  void fields(this auto& self, auto& visit) {
    visit(self.group_id);
    visit(self.member_id, until(2));
    visit(self.members, since(3));
  }
  friend bool operator==(const LeaveGroupRequest&, const LeaveGroupRequest&) = default;
};

struct LeaveGroupResponse {
  static constexpr ApiKey kKey = ApiKey::kLeaveGroup;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    ErrorCode error_code = ErrorCode::kNone;

    void fields(this auto& self, auto& visit) {
      visit(self.member_id);
      visit(self.group_instance_id);
      visit(self.error_code);
    }
    friend bool operator==(const Member&, const Member&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::vector<Member> members;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.error_code);
    visit(self.members, since(3));
  }
  friend bool operator==(const LeaveGroupResponse&, const LeaveGroupResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
