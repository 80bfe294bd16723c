// SPDX-License-Identifier: Apache-2.0
//
// Produce: batches of records for partitions. With `acks` 0 there is no response at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct ProduceRequest {
  static constexpr ApiKey kKey = ApiKey::kProduce;

  struct Partition {
    std::int32_t index = 0;
    /// Record batches one after another.
    std::optional<Bytes> records;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.records);
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

  std::optional<std::string> transactional_id;
  /// 0: do not answer; 1: when the leader has it; -1: when it is safe.
  std::int16_t acks = 0;
  Milliseconds timeout = Milliseconds(0);
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.transactional_id, since(3));
    visit(self.acks);
    visit(self.timeout);
    visit(self.topics);
  }
  friend bool operator==(const ProduceRequest&, const ProduceRequest&) = default;
};

struct ProduceResponse {
  static constexpr ApiKey kKey = ApiKey::kProduce;

  struct RecordError {
    std::int32_t batch_index = 0;
    std::optional<std::string> message;

    void fields(this auto& self, auto& visit) {
      visit(self.batch_index);
      visit(self.message);
    }
    friend bool operator==(const RecordError&, const RecordError&) = default;
  };

  struct Partition {
    std::int32_t index = 0;
    ErrorCode error_code = ErrorCode::kNone;
    std::int64_t base_offset = -1;
    /// -1 when the records keep the time that the producer gave them.
    std::int64_t log_append_time = -1;
    std::int64_t log_start_offset = -1;
    std::vector<RecordError> record_errors;
    std::optional<std::string> error_message;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.error_code);
      visit(self.base_offset);
      visit(self.log_append_time, since(2));
      visit(self.log_start_offset, since(5));
      visit(self.record_errors, since(8));
      visit(self.error_message, since(8));
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
  Milliseconds throttle_time = Milliseconds(0);

  void fields(this auto& self, auto& visit) {
    visit(self.topics);
    visit(self.throttle_time, since(1));
  }
  friend bool operator==(const ProduceResponse&, const ProduceResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
