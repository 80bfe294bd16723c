// SPDX-License-Identifier: Apache-2.0
//
// InitProducerId: an id and an epoch for an idempotent producer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/kafka/protocol/codec.h"
#include "platform/kafka/protocol/error_code.h"

namespace skerry::platform::kafka::protocol {

struct InitProducerIdRequest {
  static constexpr ApiKey kKey = ApiKey::kInitProducerId;

  std::optional<std::string> transactional_id;
  Milliseconds transaction_timeout = Milliseconds(0);
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = -1;

  void fields(this auto& self, auto& visit) {
    visit(self.transactional_id);
    visit(self.transaction_timeout);
    visit(self.producer_id, since(3));
    visit(self.producer_epoch, since(3));
  }
  friend bool operator==(const InitProducerIdRequest&, const InitProducerIdRequest&) = default;
};

struct InitProducerIdResponse {
  static constexpr ApiKey kKey = ApiKey::kInitProducerId;

  Milliseconds throttle_time = Milliseconds(0);
  ErrorCode error_code = ErrorCode::kNone;
  std::int64_t producer_id = -1;
  std::int16_t producer_epoch = 0;

  void fields(this auto& self, auto& visit) {
    visit(self.throttle_time);
    visit(self.error_code);
    visit(self.producer_id);
    visit(self.producer_epoch);
  }
  friend bool operator==(const InitProducerIdResponse&, const InitProducerIdResponse&) = default;
};

}  // namespace skerry::platform::kafka::protocol
