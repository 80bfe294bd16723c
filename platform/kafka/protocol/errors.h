// SPDX-License-Identifier: Apache-2.0
//
// How Kafka's error codes travel in an Error: the parts of the broker fail with `kafka_error`, and the handler that
// answers asks `error_code_of`, which finds the nearest code for every other Error too.
//
//   co_await kafka_error(ErrorCode::kInvalidPartitions, "{} partitions are too many", count);
//   ...
//   response.error_code = error_code_of(result.error());
#pragma once

#include <string>
#include <utility>

#include "platform/kafka/protocol/error_code.h"
#include "skerry/base/error.h"

namespace skerry::platform::kafka::protocol {

/// The Error that stands for a code; its canonical code is the one nearest in meaning.
Error make_kafka_error(ErrorCode code, std::string message);
template <class... Args>
Error kafka_error(ErrorCode code, fmt::format_string<Args...> format, Args&&... args) {
  return make_kafka_error(code, fmt::format(format, std::forward<Args>(args)...));
}

/// True for an Error that was made with this code.
bool is_kafka_error(const Error& error, ErrorCode code);

/// The code that an Error was made with; of another one the code nearest in meaning. Never kNone.
ErrorCode error_code_of(const Error& error);

}  // namespace skerry::platform::kafka::protocol
