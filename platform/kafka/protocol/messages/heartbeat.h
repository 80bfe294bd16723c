// SPDX-License-Identifier: Apache-2.0
//
// Heartbeat: a member is alive; the answer tells it to join again when the group rebalances.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct HeartbeatRequest {
  static constexpr ApiKey kKey = ApiKey::kHeartbeat;

  std::string group_id;
  std::int32_t generation_id = 0;
  std::string member_id;
  std::optional<std::string> group_instance_id;

  void fields(this auto& self, auto& visit) {
    visit(self.group_id);
    visit(self.generation_id);
    visit(self.member_id);
    visit(self.group_instance_id, since(3));
  }
  friend bool operator==(const HeartbeatRequest&, const HeartbeatRequest&) = default;
};

struct HeartbeatResponse {
  static constexpr ApiKey kKey = ApiKey::kHeartbeat;

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.error_code);
  }
  friend bool operator==(const HeartbeatResponse&, const HeartbeatResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
