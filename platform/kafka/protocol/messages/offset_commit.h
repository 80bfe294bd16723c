// SPDX-License-Identifier: Apache-2.0
//
// OffsetCommit: where a group's consumers go on. Generation -1 with an empty member commits from outside a group.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct OffsetCommitRequest {
  static constexpr ApiKey kKey = ApiKey::kOffsetCommit;

  struct Partition {
    std::int32_t index = 0;
    std::int64_t committed_offset = 0;
    std::int32_t committed_leader_epoch = -1;
    std::optional<std::string> committed_metadata;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.committed_offset);
      visit(self.committed_leader_epoch, since(6));
      visit(self.committed_metadata);
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

  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id;
  std::optional<std::string> group_instance_id;
  LongMilliseconds retention_time = LongMilliseconds(-1);
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.group_id);
    visit(self.generation_id);
    visit(self.member_id);
    visit(self.group_instance_id, since(7));
    visit(self.retention_time, between(2, 4));
    visit(self.topics);
  }
  friend bool operator==(const OffsetCommitRequest&, const OffsetCommitRequest&) = default;
};

struct OffsetCommitResponse {
  static constexpr ApiKey kKey = ApiKey::kOffsetCommit;

  struct Partition {
    std::int32_t index = 0;
    ErrorCode error_code = ErrorCode::kNone;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
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

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(3));
    visit(self.topics);
  }
  friend bool operator==(const OffsetCommitResponse&, const OffsetCommitResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
