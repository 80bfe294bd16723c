// SPDX-License-Identifier: Apache-2.0
//
// DeleteRecords: everything before an offset; -1 is the high watermark.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct DeleteRecordsRequest {
  static constexpr ApiKey kKey = ApiKey::kDeleteRecords;

  struct Partition {
    std::int32_t index = 0;
    std::int64_t offset = 0;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.offset);
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

  std::vector<Topic> topics;
  Milliseconds timeout = Milliseconds(0);

  void fields(this auto& self, auto& visit) {
    visit(self.topics);
    visit(self.timeout);
  }
  friend bool operator==(const DeleteRecordsRequest&, const DeleteRecordsRequest&) = default;
};

struct DeleteRecordsResponse {
  static constexpr ApiKey kKey = ApiKey::kDeleteRecords;

  struct Partition {
    std::int32_t index = 0;
    std::int64_t low_watermark = -1;
    ErrorCode error_code = ErrorCode::kNone;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.low_watermark);
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
    visit(self.throttle_time);
    visit(self.topics);
  }
  friend bool operator==(const DeleteRecordsResponse&, const DeleteRecordsResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
