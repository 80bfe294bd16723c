// SPDX-License-Identifier: Apache-2.0
//
// JoinGroup: a consumer becomes a member; answered when all have joined. The leader's answer has everybody's metadata.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct JoinGroupRequest {
  static constexpr ApiKey kKey = ApiKey::kJoinGroup;

  struct Protocol {
    std::string name;
    Bytes metadata;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.metadata);
    }
    friend bool operator==(const Protocol&, const Protocol&) = default;
  };

  std::string group_id;
  Milliseconds session_timeout = Milliseconds(0);
  Milliseconds rebalance_timeout = Milliseconds(-1);
  std::string member_id;
  std::optional<std::string> group_instance_id;
  std::string protocol_type;
  /// Best first.
  std::vector<Protocol> protocols;

  void fields(this auto& self, auto& visit) {
    visit(self.group_id);
    visit(self.session_timeout);
    visit(self.rebalance_timeout, since(1));
    visit(self.member_id);
    visit(self.group_instance_id, since(5));
    visit(self.protocol_type);
    visit(self.protocols);
  }
  friend bool operator==(const JoinGroupRequest&, const JoinGroupRequest&) = default;
};

struct JoinGroupResponse {
  static constexpr ApiKey kKey = ApiKey::kJoinGroup;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    Bytes metadata;

    void fields(this auto& self, auto& visit) {
      visit(self.member_id);
      visit(self.group_instance_id, since(5));
      visit(self.metadata);
    }
    friend bool operator==(const Member&, const Member&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::int32_t generation_id = -1;
  std::optional<std::string> protocol_type;
  std::string protocol_name;
  std::string leader;
  std::string member_id;
  std::vector<Member> members;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(2));
    visit(self.error_code);
    visit(self.generation_id);
    visit(self.protocol_type, since(7));
    visit(self.protocol_name);
    visit(self.leader);
    visit(self.member_id);
    visit(self.members);
  }
  friend bool operator==(const JoinGroupResponse&, const JoinGroupResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
