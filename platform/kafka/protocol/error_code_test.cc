// SPDX-License-Identifier: Apache-2.0
#include "platform/kafka/protocol/error_code.h"

#include <gtest/gtest.h>

namespace skerry::platform::kafka::protocol {
namespace {

TEST(ErrorCode, has_the_numbers_and_names_of_the_protocol_guide) {
  EXPECT_EQ(static_cast<int>(ErrorCode::kNone), 0);
  EXPECT_EQ(error_name(ErrorCode::kUnknownServerError), "UNKNOWN_SERVER_ERROR");
  EXPECT_EQ(error_name(ErrorCode::kNone), "NONE");
  EXPECT_EQ(error_name(ErrorCode{25}), "UNKNOWN_MEMBER_ID");
  EXPECT_EQ(error_name(ErrorCode{79}), "MEMBER_ID_REQUIRED");
  EXPECT_EQ(error_name(ErrorCode{99}), "POSITION_OUT_OF_RANGE");
  EXPECT_EQ(error_name(ErrorCode::kShareSessionLimitReached), "SHARE_SESSION_LIMIT_REACHED");
}

TEST(ErrorCode, a_number_outside_the_enum_has_a_name_too) {
  EXPECT_EQ(error_name(ErrorCode{134}), "UNKNOWN_ERROR_CODE");
  EXPECT_EQ(error_name(ErrorCode{-2}), "UNKNOWN_ERROR_CODE");
  EXPECT_EQ(error_name(ErrorCode{32767}), "UNKNOWN_ERROR_CODE");
}

}  // namespace
}  // namespace skerry::platform::kafka::protocol
