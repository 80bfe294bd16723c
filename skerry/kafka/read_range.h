// SPDX-License-Identifier: Apache-2.0
//
// Reads a part of a partition by a client of its own that belongs to no group. Internal to kafka/.
#pragma once

#include <vector>

#include "skerry/base/result.h"
#include "skerry/kafka/admin.h"

namespace skerry::kafka::internal {

/// Blocks, for up to options.timeout after each record. Precondition: from < to, both within the partition.
Result<std::vector<Record>> read_range(const AdminOptions& options, const TopicPartition& partition, std::int64_t from,
                                       std::int64_t to, const ReadLimits& limits);

}  // namespace skerry::kafka::internal
