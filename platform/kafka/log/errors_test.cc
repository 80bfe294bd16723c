// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/log/errors.h"

#include <gtest/gtest.h>

namespace skerry::platform::kafka::log {
namespace {

TEST(LogErrors, carry_the_number_of_the_protocol_and_a_canonical_code) {
  const Error error = make_error(LogError::kOutOfOrderSequenceNumber, "sequence 7 where 5 is next");
  EXPECT_EQ(protocol_code(error), 45);
  EXPECT_EQ(error.code(), Code::kFailedPrecondition);
  EXPECT_EQ(error.message(), "sequence 7 where 5 is next");
  EXPECT_TRUE(is(error, LogError::kOutOfOrderSequenceNumber));
  EXPECT_FALSE(is(error, LogError::kInvalidProducerEpoch));
}

TEST(LogErrors, give_other_errors_the_number_that_fits_their_code) {
  EXPECT_EQ(protocol_code(Error::data_loss("bad")), 56);
  EXPECT_EQ(protocol_code(Error::unavailable("gone")), 56);
  EXPECT_EQ(protocol_code(Error::deadline_exceeded("late")), 7);
  EXPECT_EQ(protocol_code(Error::internal("bug")), -1);
  EXPECT_FALSE(is(Error::internal("bug"), LogError::kUnknownServerError)) << "only what make_error made has a number";
}

TEST(LogErrors, of_every_number_come_back_as_that_number) {
  for (const std::int16_t number : {1, 3, 7, 10, 17, 36, 37, 40, 42, 44, 45, 46, 47, 56, 69})
    EXPECT_EQ(protocol_code(make_error(static_cast<LogError>(number), "x")), number);
}

}  // namespace
}  // namespace skerry::platform::kafka::log
