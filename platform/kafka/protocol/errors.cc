// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/errors.h"

#include <charconv>
#include <string_view>

namespace skerry::platform::kafka::protocol {
namespace {

// The detail of an Error that holds the code's number.
constexpr std::string_view kErrorCodeDetail = "kafka_error_code";

Code canonical(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnknownServerError:
      return Code::kInternal;
    case ErrorCode::kOffsetOutOfRange:
      return Code::kOutOfRange;
    case ErrorCode::kUnknownTopicOrPartition:
    case ErrorCode::kGroupIdNotFound:
      return Code::kNotFound;
    case ErrorCode::kTopicAlreadyExists:
    case ErrorCode::kDuplicateSequenceNumber:
      return Code::kAlreadyExists;
    case ErrorCode::kPolicyViolation:
      return Code::kResourceExhausted;
    case ErrorCode::kUnsupportedVersion:
    case ErrorCode::kUnsupportedForMessageFormat:
    case ErrorCode::kUnsupportedCompressionType:
      return Code::kUnimplemented;
    case ErrorCode::kRequestTimedOut:
      return Code::kDeadlineExceeded;
    case ErrorCode::kKafkaStorageError:
    case ErrorCode::kNotCoordinator:
    case ErrorCode::kCoordinatorNotAvailable:
      return Code::kUnavailable;
    case ErrorCode::kNonEmptyGroup:
    case ErrorCode::kOutOfOrderSequenceNumber:
    case ErrorCode::kInvalidProducerEpoch:
      return Code::kFailedPrecondition;
    default:
      return Code::kInvalidArgument;
  }
}

ErrorCode nearest(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kAlreadyExists:
      return ErrorCode::kInvalidRequest;
    case Code::kDeadlineExceeded:
      return ErrorCode::kRequestTimedOut;
    case Code::kNotFound:
      return ErrorCode::kUnknownTopicOrPartition;
    case Code::kOutOfRange:
      return ErrorCode::kOffsetOutOfRange;
    case Code::kUnimplemented:
      return ErrorCode::kUnsupportedVersion;
    // Clients try again after this one.
    case Code::kUnavailable:
    case Code::kResourceExhausted:
    case Code::kCancelled:
    case Code::kDataLoss:
      return ErrorCode::kKafkaStorageError;
    default:
      return ErrorCode::kUnknownServerError;
  }
}

}  // namespace

Error make_kafka_error(ErrorCode code, std::string message) {
  return Error(canonical(code), std::move(message))
      .with_detail(std::string(kErrorCodeDetail), std::to_string(static_cast<int>(code)));
}

bool is_kafka_error(const Error& error, ErrorCode code) {
  return !error.detail(kErrorCodeDetail).empty() && error_code_of(error) == code;
}

ErrorCode error_code_of(const Error& error) {
  const std::string_view number = error.detail(kErrorCodeDetail);
  int code = 0;
  const auto parsed = std::from_chars(number.data(), number.data() + number.size(), code);
  return parsed.ec == std::errc() && code != 0 ? static_cast<ErrorCode>(code) : nearest(error.code());
}

}  // namespace skerry::platform::kafka::protocol
