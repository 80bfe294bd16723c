// SPDX-License-Identifier: Apache-2.0
//
// PointsConfig: what can be changed of the service `points` while it runs. In the registry it is the document `points`
// of the group `shop`: {"processing_time_ms": 210, "mode": "events"}.
#pragma once

#include <cstdint>

#include "examples/shop/service_config.h"

namespace shop {

struct PointsConfig {
  /// As in ServiceConfig.
  std::int64_t processing_time_ms = 0;
  /// Of POST /api/points.
  RequestMode mode = RequestMode::kSync;

  skerry::Result<> validate() const { return check_processing_time(processing_time_ms); }
};
BOOST_DESCRIBE_STRUCT(PointsConfig, (), (processing_time_ms, mode))

}  // namespace shop
