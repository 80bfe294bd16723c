// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/errors.h"

#include <charconv>
#include <string_view>

namespace skerry::platform::kafka::log {
namespace {

constexpr std::string_view kNumberDetail = "kafka_error_code";

Code canonical_code(LogError error) {
  switch (error) {
    case LogError::kOffsetOutOfRange:
      return Code::kOutOfRange;
    case LogError::kUnknownTopicOrPartition:
    case LogError::kGroupIdNotFound:
      return Code::kNotFound;
    case LogError::kRequestTimedOut:
    case LogError::kStorageError:
      return Code::kUnavailable;
    case LogError::kTopicAlreadyExists:
    case LogError::kDuplicateSequenceNumber:
      return Code::kAlreadyExists;
    case LogError::kPolicyViolation:
      return Code::kResourceExhausted;
    case LogError::kOutOfOrderSequenceNumber:
    case LogError::kInvalidProducerEpoch:
      return Code::kFailedPrecondition;
    case LogError::kMessageTooLarge:
    case LogError::kInvalidTopic:
    case LogError::kInvalidPartitions:
    case LogError::kInvalidConfig:
    case LogError::kInvalidRequest:
      return Code::kInvalidArgument;
    case LogError::kUnknownServerError:
      break;
  }
  return Code::kInternal;
}

}  // namespace

Error make_error(LogError error, std::string message) {
  return Error(canonical_code(error), std::move(message))
      .with_detail(std::string(kNumberDetail), std::to_string(static_cast<std::int16_t>(error)));
}

std::int16_t protocol_code(const Error& error) {
  const std::string_view text = error.detail(kNumberDetail);
  std::int16_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc()) return number;
  switch (error.code()) {
    case Code::kDataLoss:
    case Code::kUnavailable:
      return static_cast<std::int16_t>(LogError::kStorageError);
    case Code::kResourceExhausted:
    case Code::kDeadlineExceeded:
    case Code::kCancelled:
      return static_cast<std::int16_t>(LogError::kRequestTimedOut);
    default:
      return static_cast<std::int16_t>(LogError::kUnknownServerError);
  }
}

bool is(const Error& error, LogError number) {
  return !error.detail(kNumberDetail).empty() && protocol_code(error) == static_cast<std::int16_t>(number);
}

}  // namespace skerry::platform::kafka::log
