// SPDX-License-Identifier: Apache-2.0
#include "platform/dashboard/health.h"

#include <gtest/gtest.h>

namespace skerry::platform::dashboard {
namespace {

TEST(Health, is_what_the_status_of_ready_says) {
  EXPECT_EQ(read_health(200, "anything"), (Health{.state = "ready", .detail = std::nullopt}));
  EXPECT_EQ(read_health(503, ""), (Health{.state = "not_ready", .detail = std::nullopt}));
}

TEST(Health, is_unknown_where_there_is_no_ready) {
  for (const int status : {404, 405, 301, 500}) EXPECT_EQ(read_health(status, ""), Health()) << status;
}

TEST(Health, names_the_reason_from_the_error_and_shows_nothing_else_of_an_answer) {
  EXPECT_EQ(read_health(503, R"({"error":{"code":"UNAVAILABLE","message":"filling the database"}})").detail,
            "filling the database");
  for (const char* body : {"<h1>secret</h1>", R"({"error":"secret"})", R"({"error":{"message":7}})", "[1]", "{"}) {
    EXPECT_EQ(read_health(503, body).detail, std::nullopt) << body;
  }
}

TEST(Health, cuts_a_reason_that_is_too_long_between_two_characters) {
  const auto detail_of = [](const std::string& message) {
    return *read_health(503, R"({"error":{"message":")" + message + R"("}})").detail;
  };
  EXPECT_EQ(detail_of(std::string(5000, 'x')), std::string(kMaxHealthDetailBytes, 'x'));
  EXPECT_EQ(detail_of(std::string(kMaxHealthDetailBytes, 'x')), std::string(kMaxHealthDetailBytes, 'x'));
  // The character of two bytes would be the last one allowed and the first one not.
  EXPECT_EQ(detail_of(std::string(kMaxHealthDetailBytes - 1, 'x') + "\xc3\xa9"),
            std::string(kMaxHealthDetailBytes - 1, 'x'));
}

}  // namespace
}  // namespace skerry::platform::dashboard
