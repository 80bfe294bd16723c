// SPDX-License-Identifier: Apache-2.0
//
// The topics of the shop (examples/shop/proto/events.proto), made before they are used: a group that waits for a topic
// which nobody has made yet learns of it only some seconds later.
//
//   co_await ensure_topics(app.kafka(), {"shop.payment.commands", "shop.payment"});
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "skerry/async/task.h"

namespace shop {

/// So many instances of a service share the work of a topic at the most.
inline constexpr std::int32_t kTopicPartitions = 4;

/// Makes the topics that are missing; others stay as they are. Waits as long as no broker answers, until it is
/// cancelled. A broker that does not let it make topics is left to make them itself.
skerry::Task<> ensure_topics(std::string brokers, std::vector<std::string> topics);

}  // namespace shop
