// SPDX-License-Identifier: Apache-2.0
//
// DescribeCluster: which brokers there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct DescribeClusterRequest {
  static constexpr ApiKey kKey = ApiKey::kDescribeCluster;

  bool include_authorized_operations = false;
  /// 1 for brokers, 2 for controllers.
  std::int8_t endpoint_type = 1;

  void fields(this auto& self, auto& visit) {
    visit(self.include_authorized_operations);
    visit(self.endpoint_type, since(1));
  }
  friend bool operator==(const DescribeClusterRequest&, const DescribeClusterRequest&) = default;
};

struct DescribeClusterResponse {
  static constexpr ApiKey kKey = ApiKey::kDescribeCluster;

  struct Broker {
    std::int32_t broker_id = 0;
    std::string host;
    std::int32_t port = 0;
    std::optional<std::string> rack;

    void fields(this auto& self, auto& visit) {
      visit(self.broker_id);
      visit(self.host);
      visit(self.port);
      visit(self.rack);
    }
    friend bool operator==(const Broker&, const Broker&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::optional<std::string> error_message;
  std::int8_t endpoint_type = 1;
  std::string cluster_id;
  std::int32_t controller_id = -1;
  std::vector<Broker> brokers;
  std::int32_t authorized_operations = std::numeric_limits<std::int32_t>::min();

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time);
    visit(self.error_code);
    visit(self.error_message);
    visit(self.endpoint_type, since(1));
    visit(self.cluster_id);
    visit(self.controller_id);
    visit(self.brokers);
    visit(self.authorized_operations);
  }
  friend bool operator==(const DescribeClusterResponse&, const DescribeClusterResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
