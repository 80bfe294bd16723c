// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/errors.h"

#include <gtest/gtest.h>

namespace skerry::platform::kafka::protocol {
namespace {

TEST(KafkaErrors, a_code_comes_back_from_the_error_made_with_it) {
  for (int number = -1; number <= 133; ++number) {
    if (number == 0) continue;
    const auto code = static_cast<ErrorCode>(number);
    const Error error = kafka_error(code, "number {}", number);
    EXPECT_EQ(error_code_of(error), code);
    EXPECT_EQ(error_code_of(Error(error).annotate("further up")), code);
  }
}

TEST(KafkaErrors, every_other_error_has_a_code_that_is_not_success) {
  for (int number = 1; number <= 16; ++number)
    EXPECT_NE(error_code_of(Error(code_from_number(number), "x")), ErrorCode::kNone) << number;
  EXPECT_EQ(error_code_of(Error::unavailable("the disk is full")), ErrorCode::kKafkaStorageError);
  EXPECT_EQ(error_code_of(Error::not_found("no such topic")), ErrorCode::kUnknownTopicOrPartition);
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
