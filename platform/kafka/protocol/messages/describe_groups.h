// SPDX-License-Identifier: Apache-2.0
//
// DescribeGroups: state and members of groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct DescribeGroupsRequest {
  static constexpr ApiKey kKey = ApiKey::kDescribeGroups;

  std::vector<std::string> groups;
  bool include_authorized_operations = false;

  void fields(this auto& self, auto& visit) {
    visit(self.groups);
    visit(self.include_authorized_operations, since(3));
  }
  friend bool operator==(const DescribeGroupsRequest&, const DescribeGroupsRequest&) = default;
};

struct DescribeGroupsResponse {
  static constexpr ApiKey kKey = ApiKey::kDescribeGroups;

  struct Member {
    std::string member_id;
    std::optional<std::string> group_instance_id;
    std::string client_id;
    std::string client_host;
    Bytes metadata;
    Bytes assignment;

    void fields(this auto& self, auto& visit) {
      visit(self.member_id);
      visit(self.group_instance_id, since(4));
      visit(self.client_id);
      visit(self.client_host);
      visit(self.metadata);
      visit(self.assignment);
    }
    friend bool operator==(const Member&, const Member&) = default;
  };

  struct Group {
    ErrorCode error_code = ErrorCode::kNone;
    std::string group_id;
    std::string state;
    std::string protocol_type;
    std::string protocol;
    std::vector<Member> members;
    std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

    void fields(this auto& self, auto& visit) {
      visit(self.error_code);
      visit(self.group_id);
      visit(self.state);
      visit(self.protocol_type);
      visit(self.protocol);
      visit(self.members);
      visit(self.authorized_operations, since(3));
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Group> groups;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.groups);
  }
  friend bool operator==(const DescribeGroupsResponse&, const DescribeGroupsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
