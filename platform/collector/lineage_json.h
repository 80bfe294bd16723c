// SPDX-License-Identifier: Apache-2.0
//
// A lineage as the query API answers it, in the envelope of Jaeger's JSON. Times are microseconds since 1970, and what
// is not known is null:
//
//   {"data": {"trace_id", "truncated",
//             "events": [{"id", "source", "type", "topic", "key", "correlation_id", "causation_id", "published_by",
//                         "published_at", "trace_id", "span_id", "abandoned",
//                         "handled": [{"service", "group", "instance", "trace_id", "span_id", "started_at",
//                                      "duration_us", "outcome", "attempt", "error"}]}],
//             "edges": [{"from", "from_source", "to", "to_source", "service", "latency_us"}]},
//    "total": (events), "limit": 0, "offset": 0, "errors": null}
#pragma once

#include <string>

#include "platform/collector/lineage.h"

namespace skerry::platform::collector {

std::string lineage_json(const Lineage& lineage);

}  // namespace skerry::platform::collector
