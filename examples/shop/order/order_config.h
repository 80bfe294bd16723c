// SPDX-License-Identifier: Apache-2.0
//
// OrderConfig: what can be changed of the service `order` while it runs. In the registry it is the document `order` of
// the group `shop`: {"downstream_timeout_ms": 500, "max_items": 20}.
#pragma once

#include <cstdint>

#include "skerry/base/json.h"

namespace shop {

/// How an order goes through the services.
enum class OrderMode : std::uint8_t {
  kSync,    ///< By calls, one after the other; the order is answered when it is completed or refused.
  kEvents,  ///< By events: the order is answered as soon as it is stored, and the rest follows.
};
BOOST_DESCRIBE_ENUM(OrderMode, kSync, kEvents)

struct OrderConfig {
  /// Of the orders from now on; each goes on in the mode that it was made in.
  OrderMode mode = OrderMode::kSync;
  /// How long each of the services that are called has for its answer, repeated attempts included.
  std::int64_t downstream_timeout_ms = 2'000;
  /// Lines that one order may have.
  std::int64_t max_items = 50;

  skerry::Result<> validate() const {
    if (downstream_timeout_ms < 1 || downstream_timeout_ms > 60'000) {
      return fail(skerry::invalid_field("downstream_timeout_ms", "expected 1 to 60000"));
    }
    if (max_items < 1 || max_items > 1'000) return fail(skerry::invalid_field("max_items", "expected 1 to 1000"));
    return {};
  }
};
BOOST_DESCRIBE_STRUCT(OrderConfig, (), (mode, downstream_timeout_ms, max_items))

}  // namespace shop
