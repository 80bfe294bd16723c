// SPDX-License-Identifier: Apache-2.0
//
// The log's errors as the protocol numbers them. Each is an ordinary Error that carries Kafka's error code, so that a
// handler answers with one call:
//
//   auto appended = co_await store.append(partition, batch).result();
//   response.error_code = appended ? 0 : log::protocol_code(appended.error());
#pragma once

#include <cstdint>
#include <string>

#include "skerry/base/error.h"

namespace skerry::platform::kafka::log {

/// Source: "Error codes" of the Kafka protocol guide, https://kafka.apache.org/protocol#protocol_error_codes.
enum class LogError : std::int16_t {
  kUnknownServerError = -1,
  kOffsetOutOfRange = 1,
  kUnknownTopicOrPartition = 3,
  kRequestTimedOut = 7,  // retriable: too much is queued, or the store is stopping
  kMessageTooLarge = 10,
  kInvalidTopic = 17,
  kTopicAlreadyExists = 36,
  kInvalidPartitions = 37,
  kInvalidConfig = 40,
  kInvalidRequest = 42,
  kPolicyViolation = 44,  // a limit of this store
  kOutOfOrderSequenceNumber = 45,
  kDuplicateSequenceNumber = 46,
  kInvalidProducerEpoch = 47,
  kStorageError = 56,  // retriable: the disk is full, or has failed
  kGroupIdNotFound = 69,
};

/// An error with this number, the canonical code that fits, and the message.
Error make_error(LogError error, std::string message);

/// The number to answer with for any error: its own where make_error made it, else the one that fits its code.
std::int16_t protocol_code(const Error& error);

/// True when make_error made it with this number.
bool is(const Error& error, LogError number);

}  // namespace skerry::platform::kafka::log
