// SPDX-License-Identifier: Apache-2.0
//
// The log refuses as all parts of the broker do (protocol/errors.h), with the protocol's codes, under these names.
#pragma once

#include "platform/kafka/protocol/errors.h"

namespace skerry::platform::kafka::log {

using protocol::ErrorCode;
using protocol::is_kafka_error;
using protocol::kafka_error;
using protocol::make_kafka_error;

}  // namespace skerry::platform::kafka::log
