// SPDX-License-Identifier: Apache-2.0
//
// LogisticsConfig: what can be changed of the service `logistics` while it runs. In the registry it is the document
// `logistics` of the group `shop`: {"processing_time_ms": 300, "served_countries": ["DE", "FR"]}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "examples/shop/service_config.h"

namespace shop {

inline constexpr std::size_t kMaxServedCountries = 300;

struct LogisticsConfig {
  /// As in ServiceConfig.
  std::int64_t processing_time_ms = 0;
  /// Of POST /api/shipments.
  RequestMode mode = RequestMode::kSync;
  /// Where something is sent to, by ISO 3166-1 alpha-2. Shipments that exist are not touched by a change.
  std::vector<std::string> served_countries{"AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR",
                                            "IE", "IT", "LU", "NL", "NO", "PL", "PT", "SE"};

  skerry::Result<> validate() const {
    if (served_countries.size() > kMaxServedCountries) {
      return fail(skerry::invalid_field("served_countries", fmt::format("expected at most {}", kMaxServedCountries)));
    }
    return check_processing_time(processing_time_ms);
  }
};
BOOST_DESCRIBE_STRUCT(LogisticsConfig, (), (processing_time_ms, mode, served_countries))

}  // namespace shop
