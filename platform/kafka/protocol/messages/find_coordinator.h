// SPDX-License-Identifier: Apache-2.0
//
// FindCoordinator: the broker that keeps a group (key type 0) or a transactional id (1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct FindCoordinatorRequest {
  static constexpr ApiKey kKey = ApiKey::kFindCoordinator;

  std::string key;
  std::int8_t key_type = 0;
  std::vector<std::string> keys;

  void fields(this auto& self, auto& visit) {
    visit(self.key, until(3));
    visit(self.key_type, since(1));
    visit(self.keys, since(4));
  }
  friend bool operator==(const FindCoordinatorRequest&, const FindCoordinatorRequest&) = default;
};

struct FindCoordinatorResponse {
  static constexpr ApiKey kKey = ApiKey::kFindCoordinator;

  struct Coordinator {
    std::string key;
    std::int32_t node_id = -1;
    std::string host;
    std::int32_t port = -1;
    ErrorCode error_code = ErrorCode::kNone;
    std::optional<std::string> error_message;

    void fields(this auto& self, auto& visit) {
      visit(self.key);
      visit(self.node_id);
      visit(self.host);
      visit(self.port);
      visit(self.error_code);
      visit(self.error_message);
    }
    friend bool operator==(const Coordinator&, const Coordinator&) = default;
  };

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::optional<std::string> error_message;
  std::int32_t node_id = -1;
  std::string host;
  std::int32_t port = -1;
  std::vector<Coordinator> coordinators;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time, since(1));
    visit(self.error_code, until(3));
    visit(self.error_message, between(1, 3));
    visit(self.node_id, until(3));
    visit(self.host, until(3));
    visit(self.port, until(3));
    visit(self.coordinators, since(4));
  }
  friend bool operator==(const FindCoordinatorResponse&, const FindCoordinatorResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
