// SPDX-License-Identifier: Apache-2.0
//
// What a consumer says to the library and hears from it. Internal to kafka/.
#pragma once

#include <vector>

#include "skerry/base/result.h"
#include "skerry/kafka/consumer.h"
#include "skerry/kafka/instance.h"
#include "skerry/kafka/library.h"
#include "skerry/kafka/settings.h"

namespace skerry::kafka::internal {

/// INVALID_ARGUMENT for options that make no sense.
Result<> check_options(const ConsumerOptions& options);
Settings settings_of(const ConsumerOptions& options);
/// The RD_KAFKA_EVENT_... that a consumer hears of.
int consumer_events();

/// The rest blocks, for as long as the library's own thread takes to answer; the committed offsets for up to the limit.
Result<> subscribe(rd_kafka_s* client, const std::vector<std::string>& topics);
/// Begins to read exactly these partitions.
Result<> assign(rd_kafka_s* client, const std::vector<TopicPartition>& partitions);
/// Ends the reading of all.
Result<> unassign(rd_kafka_s* client);
Result<std::vector<PartitionOffset>> committed(rd_kafka_s* client, const std::vector<TopicPartition>& partitions,
                                               std::chrono::milliseconds limit);

}  // namespace skerry::kafka::internal
