// SPDX-License-Identifier: Apache-2.0
//
// What a producer says to the library and hears from it, as values. Internal to kafka/.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "skerry/base/result.h"
#include "skerry/kafka/library.h"
#include "skerry/kafka/producer.h"
#include "skerry/kafka/settings.h"

namespace skerry::kafka::internal {

/// INVALID_ARGUMENT for options that make no sense.
Result<> check_options(const ProducerOptions& options);
Settings settings_of(const ProducerOptions& options);

/// Has the library ask for the topic now. Blocks until it has been told or the limit is over.
void look_up(rd_kafka_s* client, const std::string& topic, std::chrono::milliseconds limit);

/// Gives the record to the library, which copies all of it but the value (record.value is not looked at): that must
/// stay until the delivery report, which carries `opaque`. Null when it was accepted.
ErrorPtr produce(rd_kafka_s* client, const Record& record, std::optional<std::string>& value, void* opaque);

/// What a delivery report says. `fatal` is the error that ended the instance, if one did: the library throws away then
/// what it has not sent.
Result<Delivery> to_delivery(const rd_kafka_message_s& message, const std::optional<Error>& fatal);

}  // namespace skerry::kafka::internal
