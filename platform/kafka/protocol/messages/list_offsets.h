// SPDX-License-Identifier: Apache-2.0
//
// ListOffsets: the first offset, the next one, or the first one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct ListOffsetsRequest {
  static constexpr ApiKey kKey = ApiKey::kListOffsets;

  struct Partition {
    std::int32_t index = 0;
    std::int32_t current_leader_epoch = -1;
    /// Milliseconds since 1970, or one of the constants below.
    std::int64_t timestamp = 0;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.current_leader_epoch, since(4));
      visit(self.timestamp);
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

  std::int32_t replica_id = -1;
  std::int8_t isolation_level = 0;
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.replica_id);
    visit(self.isolation_level, since(2));
    visit(self.topics);
  }
  friend bool operator==(const ListOffsetsRequest&, const ListOffsetsRequest&) = default;
};

struct ListOffsetsResponse {
  static constexpr ApiKey kKey = ApiKey::kListOffsets;

  struct Partition {
    std::int32_t index = 0;
    ErrorCode error_code = ErrorCode::kNone;
    std::int64_t timestamp = -1;
    std::int64_t offset = -1;
    std::int32_t leader_epoch = -1;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.error_code);
      visit(self.timestamp);
      visit(self.offset);
      visit(self.leader_epoch, since(4));
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
    visit(self.throttle_time, since(2));
    visit(self.topics);
  }
  friend bool operator==(const ListOffsetsResponse&, const ListOffsetsResponse&) = default;
};

/// In place of a timestamp: the offset after the last record, the first offset, and that of the newest record by time.
inline constexpr std::int64_t kLatestOffset = -1;
inline constexpr std::int64_t kEarliestOffset = -2;
inline constexpr std::int64_t kMaxTimestampOffset = -3;

}  // namespace skerry::platform::kafka::protocol
