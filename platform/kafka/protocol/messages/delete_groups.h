// SPDX-License-Identifier: Apache-2.0
//
// DeleteGroups: groups without members, with their offsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct DeleteGroupsRequest {
  static constexpr ApiKey kKey = ApiKey::kDeleteGroups;

  std::vector<std::string> groups;

  void fields(this auto& self, auto& visit) { visit(self.groups); }
  friend bool operator==(const DeleteGroupsRequest&, const DeleteGroupsRequest&) = default;
};

struct DeleteGroupsResponse {
  static constexpr ApiKey kKey = ApiKey::kDeleteGroups;

  struct Group {
    std::string group_id;
    ErrorCode error_code = ErrorCode::kNone;

    void fields(this auto& self, auto& visit) {
      visit(self.group_id);
      visit(self.error_code);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Group> groups;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time);
    visit(self.groups);
  }
  friend bool operator==(const DeleteGroupsResponse&, const DeleteGroupsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
