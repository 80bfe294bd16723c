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
    EXPECT_TRUE(is_kafka_error(error, code));
    EXPECT_FALSE(is_kafka_error(error, number == 1 ? ErrorCode::kCorruptMessage : ErrorCode::kOffsetOutOfRange));
  }
}

TEST(KafkaErrors, every_other_error_has_a_code_that_is_not_success) {
  for (int number = 1; number <= 16; ++number)
    EXPECT_NE(error_code_of(Error(code_from_number(number), "x")), ErrorCode::kNone) << number;
  EXPECT_EQ(error_code_of(Error::unavailable("the disk is full")), ErrorCode::kKafkaStorageError);
  EXPECT_EQ(error_code_of(Error::not_found("no such topic")), ErrorCode::kUnknownTopicOrPartition);
}

TEST(KafkaErrors, only_what_was_made_with_a_code_is_of_that_code) {
  EXPECT_FALSE(is_kafka_error(Error::not_found("no such topic"), ErrorCode::kUnknownTopicOrPartition));
  EXPECT_FALSE(is_kafka_error(Error::internal("bug"), ErrorCode::kUnknownServerError));
}

TEST(KafkaErrors, have_the_canonical_code_nearest_in_meaning) {
  EXPECT_EQ(kafka_error(ErrorCode::kOutOfOrderSequenceNumber, "7 where 5 is next").code(), Code::kFailedPrecondition);
  EXPECT_EQ(kafka_error(ErrorCode::kDuplicateSequenceNumber, "long ago").code(), Code::kAlreadyExists);
  EXPECT_EQ(kafka_error(ErrorCode::kKafkaStorageError, "the disk is full").code(), Code::kUnavailable);
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
