// SPDX-License-Identifier: Apache-2.0
//
// ListGroups: the groups there are, by state and type where asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct ListGroupsRequest {
  static constexpr ApiKey kKey = ApiKey::kListGroups;

  /// Empty for all.
  std::vector<std::string> states;
  std::vector<std::string> types;

  void fields(this auto& self, auto& visit) {
    visit(self.states, since(4));
    visit(self.types, since(5));
  }
  friend bool operator==(const ListGroupsRequest&, const ListGroupsRequest&) = default;
};

struct ListGroupsResponse {
  static constexpr ApiKey kKey = ApiKey::kListGroups;

  struct Group {
    std::string group_id;
    std::string protocol_type;
    std::string state;
    std::string type;

    void fields(this auto& self, auto& visit) {
      visit(self.group_id);
      visit(self.protocol_type);
      visit(self.state, since(4));
      visit(self.type, since(5));
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::vector<Group> groups;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.error_code);
    visit(self.groups);
  }
  friend bool operator==(const ListGroupsResponse&, const ListGroupsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
