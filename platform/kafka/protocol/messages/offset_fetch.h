// SPDX-License-Identifier: Apache-2.0
//
// OffsetFetch: the committed offsets of a group; from version 8 on of several.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct OffsetFetchRequest {
  static constexpr ApiKey kKey = ApiKey::kOffsetFetch;

  struct Topic {
    std::string name;
    std::vector<std::int32_t> partitions;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct Group {
    std::string group_id;
    /// Null for all that the group has committed.
    std::optional<std::vector<Topic>> topics;

    void fields(this auto& self, auto& visit) {
      visit(self.group_id);
      visit(self.topics);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  std::string group_id;
  std::optional<std::vector<Topic>> topics;
  std::vector<Group> groups;
  bool require_stable = false;

  void fields(this auto& self, auto& visit) {
    visit(self.group_id, until(7));
    visit(self.topics, until(7));
    visit(self.groups, since(8));
    visit(self.require_stable, since(7));
  }
  friend bool operator==(const OffsetFetchRequest&, const OffsetFetchRequest&) = default;
};

struct OffsetFetchResponse {
  static constexpr ApiKey kKey = ApiKey::kOffsetFetch;

  struct Partition {
    std::int32_t index = 0;
    /// -1 when nothing is committed.
    std::int64_t committed_offset = -1;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> metadata;
    ErrorCode error_code = ErrorCode::kNone;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.committed_offset);
      visit(self.committed_leader_epoch, since(5));
      visit(self.metadata);
      visit(self.error_code);
    }
    friend bool operator==(const Partition&, const Partition&) = default;
  };

  struct Topic {
    std::string name;
    std::vector<Partition> partitions;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.partitions);
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  struct Group {
    std::string group_id;
    std::vector<Topic> topics;
    ErrorCode error_code = ErrorCode::kNone;

    void fields(this auto& self, auto& visit) {
      visit(self.group_id);
      visit(self.topics);
      visit(self.error_code);
    }
    friend bool operator==(const Group&, const Group&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Topic> topics;
  ErrorCode error_code = ErrorCode::kNone;
  std::vector<Group> groups;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(3));
    visit(self.topics, until(7));
    visit(self.error_code, between(2, 7));
    visit(self.groups, since(8));
  }
  friend bool operator==(const OffsetFetchResponse&, const OffsetFetchResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
