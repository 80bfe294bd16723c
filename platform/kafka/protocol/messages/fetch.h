// SPDX-License-Identifier: Apache-2.0
//
// Fetch: batches of records from partitions, waiting for some when there are none. A fetch session (KIP-227) is
// declined by answering with session 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct FetchRequest {
  static constexpr ApiKey kKey = ApiKey::kFetch;

  struct Partition {
    std::int32_t index = 0;
    std::int32_t current_leader_epoch = -1;
    std::int64_t fetch_offset = 0;
    /// For replicas alone.
    std::int64_t log_start_offset = -1;
    std::int32_t partition_max_bytes = 0;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.current_leader_epoch, since(9));
      visit(self.fetch_offset);
      visit(self.log_start_offset, since(5));
      visit(self.partition_max_bytes);
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

  struct ForgottenTopic {
    std::string name;
    std::vector<std::int32_t> partitions;

    void fields(this auto& self, auto& visit) {
      visit(self.name);
      visit(self.partitions);
    }
    friend bool operator==(const ForgottenTopic&, const ForgottenTopic&) = default;
  };

  /// -1 for a consumer.
  std::int32_t replica_id = -1;
  Milliseconds max_wait = Milliseconds(0);
  std::int32_t min_bytes = 0;
  std::int32_t max_bytes = 0x7fffffff;
  /// 1: committed transactions alone.
  std::int8_t isolation_level = 0;
  std::int32_t session_id = 0;
  std::int32_t session_epoch = -1;
  std::vector<Topic> topics;
  std::vector<ForgottenTopic> forgotten_topics;
  std::string rack_id;

  void fields(this auto& self, auto& visit) {
    visit(self.replica_id);
    visit(self.max_wait);
    visit(self.min_bytes);
    visit(self.max_bytes, since(3));
    visit(self.isolation_level, since(4));
    visit(self.session_id, since(7));
    visit(self.session_epoch, since(7));
    visit(self.topics);
    visit(self.forgotten_topics, since(7));
    visit(self.rack_id, since(11));
  }
  friend bool operator==(const FetchRequest&, const FetchRequest&) = default;
};

struct FetchResponse {
  static constexpr ApiKey kKey = ApiKey::kFetch;

  struct AbortedTransaction {
    std::int64_t producer_id = 0;
    std::int64_t first_offset = 0;

    void fields(this auto& self, auto& visit) {
      visit(self.producer_id);
      visit(self.first_offset);
    }
    friend bool operator==(const AbortedTransaction&, const AbortedTransaction&) = default;
  };

  struct Partition {
    std::int32_t index = 0;
    ErrorCode error_code = ErrorCode::kNone;
    std::int64_t high_watermark = -1;
    std::int64_t last_stable_offset = -1;
    std::int64_t log_start_offset = -1;
    std::optional<std::vector<AbortedTransaction>> aborted_transactions;
    std::int32_t preferred_read_replica = -1;
    std::optional<Bytes> records;

    void fields(this auto& self, auto& visit) {
      visit(self.index);
      visit(self.error_code);
      visit(self.high_watermark);
      visit(self.last_stable_offset, since(4));
      visit(self.log_start_offset, since(5));
      visit(self.aborted_transactions, since(4));
      visit(self.preferred_read_replica, since(11));
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

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::int32_t session_id = 0;
  std::vector<Topic> topics;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.error_code, since(7));
    visit(self.session_id, since(7));
    visit(self.topics);
  }
  friend bool operator==(const FetchResponse&, const FetchResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
