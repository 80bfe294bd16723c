// SPDX-License-Identifier: Apache-2.0
//
// Metadata: which brokers there are, which topics, and who leads their partitions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

/// In the place of a set of operations: it was not asked for.
inline constexpr std::int32_t kNoOperations = std::numeric_limits<std::int32_t>::min();

struct MetadataRequest {
  static constexpr ApiKey kKey = ApiKey::kMetadata;

  struct Topic {
    std::string name;

    void fields(this auto& self, auto& visit) { visit(self.name); }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  /// Null for all; in version 0 it is empty for all.
  std::optional<std::vector<Topic>> topics;
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;

  void fields(this auto& self, auto& visit) {
    visit(self.topics);
    visit(self.allow_auto_topic_creation, since(4));
    visit(self.include_cluster_authorized_operations, between(8, 10));
    visit(self.include_topic_authorized_operations, since(8));
  }
  friend bool operator==(const MetadataRequest&, const MetadataRequest&) = default;
};

struct MetadataResponse {
  static constexpr ApiKey kKey = ApiKey::kMetadata;

  struct Broker {
    std::int32_t node_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    void fields(this auto& self, auto& visit) {
      visit(self.node_id);
      visit(self.host);
      visit(self.port);
      visit(self.rack, since(1));
    }
    friend bool operator==(const Broker&, const Broker&) = default;
  };

  struct Partition {
    ErrorCode error_code = ErrorCode::kNone;
    std::int32_t index = 0;
    std::int32_t leader_id = -1;
    std::int32_t leader_epoch = -1;
    std::vector<std::int32_t> replica_nodes;
    std::vector<std::int32_t> isr_nodes;
    std::vector<std::int32_t> offline_replicas;

    void fields(this auto& self, auto& visit) {
      visit(self.error_code);
      visit(self.index);
      visit(self.leader_id);
      visit(self.leader_epoch, since(7));
      visit(self.replica_nodes);
      visit(self.isr_nodes);
      visit(self.offline_replicas, since(5));
    }
    friend bool operator==(const Partition&, const Partition&) = default;
  };

  struct Topic {
    ErrorCode error_code = ErrorCode::kNone;
    std::string name;
    bool is_internal = false;
    std::vector<Partition> partitions;
    std::int32_t authorized_operations = kNoOperations;

    void fields(this auto& self, auto& visit) {
      visit(self.error_code);
      visit(self.name);
      visit(self.is_internal, since(1));
      visit(self.partitions);
      visit(self.authorized_operations, since(8));
    }
    friend bool operator==(const Topic&, const Topic&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  std::vector<Broker> brokers;
  std::optional<std::string> cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Topic> topics;
  std::int32_t cluster_authorized_operations = kNoOperations;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(3));
    visit(self.brokers);
    visit(self.cluster_id, since(2));
    visit(self.controller_id, since(1));
    visit(self.topics);
    visit(self.cluster_authorized_operations, between(8, 10));
  }
  friend bool operator==(const MetadataResponse&, const MetadataResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
