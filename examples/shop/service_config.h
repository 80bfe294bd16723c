// SPDX-License-Identifier: Apache-2.0
//
// ServiceConfig: what can be changed of a service of the shop while it runs: how long its work takes, so that the times
// of real businesses can be played. In the registry it is the document named like the service in the group `shop`:
//
//   etcdctl put /skerry/config/public/shop/payment '{"processing_time_ms": 50}'
#pragma once

#include <chrono>
#include <cstdint>

#include "skerry/async/live.h"
#include "skerry/async/sleep.h"
#include "skerry/base/json.h"

namespace shop {

/// How a service does a request that changes something.
enum class RequestMode : std::uint8_t {
  kSync,    ///< At once; the answer says what came of it.
  kEvents,  ///< It is stored for certain and answered as accepted, and done soon after.
};
BOOST_DESCRIBE_ENUM(RequestMode, kSync, kEvents)

inline constexpr std::int64_t kMaxProcessingTimeMs = 60'000;

inline skerry::Result<> check_processing_time(std::int64_t processing_time_ms) {
  if (processing_time_ms >= 0 && processing_time_ms <= kMaxProcessingTimeMs) return {};
  return fail(skerry::invalid_field("processing_time_ms", fmt::format("expected 0 to {}", kMaxProcessingTimeMs)));
}

struct ServiceConfig {
  /// How long the service works on each request of its business, before it looks into its database.
  std::int64_t processing_time_ms = 0;

  skerry::Result<> validate() const { return check_processing_time(processing_time_ms); }
};
BOOST_DESCRIBE_STRUCT(ServiceConfig, (), (processing_time_ms))

/// Waits for the processing time that is configured now.
template <class Config>
skerry::Task<> take_processing_time(skerry::Live<Config> config) {
  const std::chrono::milliseconds time(config.get()->processing_time_ms);
  if (time.count() > 0) co_await skerry::sleep(time);
}

}  // namespace shop
