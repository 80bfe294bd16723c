// SPDX-License-Identifier: Apache-2.0
//
// SyncGroup: the leader hands in the assignment, and every member gets its own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct SyncGroupRequest {
  static constexpr ApiKey kKey = ApiKey::kSyncGroup;

  struct Assignment {
    std::string member_id;
    Bytes assignment;

    void fields(this auto& self, auto& visit) {
      visit(self.member_id);
      visit(self.assignment);
    }
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  std::vector<Assignment> assignments;

  void fields(this auto& self, auto& visit) {
    visit(self.group_id);
    visit(self.generation_id);
    visit(self.member_id);
    visit(self.group_instance_id, since(3));
    visit(self.protocol_type, since(5));
    visit(self.protocol_name, since(5));
    visit(self.assignments);
  }
  friend bool operator==(const SyncGroupRequest&, const SyncGroupRequest&) = default;
};

struct SyncGroupResponse {
  static constexpr ApiKey kKey = ApiKey::kSyncGroup;

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::optional<std::string> protocol_type;
  std::optional<std::string> protocol_name;
  Bytes assignment;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.error_code);
    visit(self.protocol_type, since(5));
    visit(self.protocol_name, since(5));
    visit(self.assignment);
  }
  friend bool operator==(const SyncGroupResponse&, const SyncGroupResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
