// SPDX-License-Identifier: Apache-2.0
//
// OffsetForLeaderEpoch: where the records of a leader's epoch end; consumers ask after a change of leader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct OffsetForLeaderEpochRequest {
  static constexpr ApiKey kKey = ApiKey::kOffsetForLeaderEpoch;

  struct Partition {
    std::int32_t index = 0;
    std::int32_t current_leader_epoch = -1;
    std::int32_t leader_epoch = 0;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.current_leader_epoch);
      visit(self.leader_epoch);
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

  std::int32_t replica_id = -2;
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.replica_id, since(3));
    visit(self.topics);
  }
  friend bool operator==(const OffsetForLeaderEpochRequest&, const OffsetForLeaderEpochRequest&) = default;
};

struct OffsetForLeaderEpochResponse {
  static constexpr ApiKey kKey = ApiKey::kOffsetForLeaderEpoch;

  struct Partition {
    ErrorCode error_code = ErrorCode::kNone;
    std::int32_t index = 0;
    std::int32_t leader_epoch = -1;
    std::int64_t end_offset = -1;

    void fields(this auto& self, auto& visit) {
      visit(self.error_code);
      visit(self.index);
      visit(self.leader_epoch);
      visit(self.end_offset);
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
    visit(self.throttle_time);
    visit(self.topics);
  }
  friend bool operator==(const OffsetForLeaderEpochResponse&, const OffsetForLeaderEpochResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
