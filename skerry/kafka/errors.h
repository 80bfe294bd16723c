// SPDX-License-Identifier: Apache-2.0
//
// The errors of Kafka and of librdkafka as Errors: a canonical code, a message that says what to do next, and the
// details "kafka_error" (the library's name of it) and "retry" ("yes" where the same call may succeed later). Internal
// to kafka/.
#pragma once

#include <string_view>

#include "skerry/base/error.h"
#include "skerry/kafka/library.h"

namespace skerry::kafka::internal {

/// `code` is an rd_kafka_resp_err_t that is not "no error"; `what` says what was tried; `reason` replaces the library's
/// general text for the code where it is given.
Error to_error(int code, std::string_view what, std::string_view reason = {});
Error to_error(const ErrorPtr& error, std::string_view what);

/// Makes the error say that the call may be repeated, or not.
Error with_retry(Error error, bool retry);

}  // namespace skerry::kafka::internal
