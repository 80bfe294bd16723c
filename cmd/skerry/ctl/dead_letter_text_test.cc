// SPDX-License-Identifier: Apache-2.0
#include "cmd/skerry/ctl/dead_letter_text.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "skerry/base/json.h"

namespace skerry::cmd {
namespace {

events::DeadLetter letter_to_show() {
  return {.partition = 0,
          .offset = 17,
          .death = {.reason = events::DeadReason::kFailed,
                    .error = "INTERNAL: no luck\nat all",
                    .attempts = 8,
                    .position = {.topic = "orders", .partition = 3, .offset = 42},
                    .timestamp = kafka::Timestamp(std::chrono::milliseconds(1'700'000'000'123)),
                    .group = "payment",
                    .died_at = *events::parse_time("2026-01-02T03:04:05.5Z"),
                    .key_held = true},
          .record = {.topic = "orders",
                     .key = "o17",
                     .value = "\x0a\x03o17",
                     .headers = {{"ce_id", "e-1"}, {"ce_type", "shop.OrderAccepted"}}}};
}

TEST(DeadLetterText, lists_letters_with_what_one_decides_by) {
  EXPECT_EQ(letters_text({letter_to_show()}),
            "ID    DIED                      REASON  ATTEMPTS  ORIGINAL      TYPE                KEY  ERROR\n"
            "0:17  2026-01-02T03:04:05.500Z  failed  8         orders[3]@42  shop.OrderAccepted  o17  "
            "INTERNAL: no luck?at all\n");
  EXPECT_EQ(letters_text({}), "no dead letters\n");
}

TEST(DeadLetterText, lists_queues) {
  EXPECT_EQ(queues_text({{.topic = "orders", .group = "payment", .letters = 3}}),
            "TOPIC   GROUP    LETTERS\n"
            "orders  payment  3\n");
  EXPECT_EQ(queues_text({}), "no dead letters\n");
  EXPECT_EQ(json_text(queue_json({.topic = "orders", .group = "payment", .letters = 3})),
            R"({"topic":"orders","group":"payment","letters":3})");
}

TEST(DeadLetterText, shows_all_of_a_letter) {
  EXPECT_EQ(letter_text(letter_to_show()),
            "id        0:17\n"
            "group     payment\n"
            "reason    failed\n"
            "error     INTERNAL: no luck?at all\n"
            "attempts  8\n"
            "died      2026-01-02T03:04:05.500Z\n"
            "original  orders[3]@42, 2023-11-14T22:13:20.123Z\n"
            "key       o17\n"
            "holds     its key: later events of it become dead letters too until this is settled\n"
            "headers\n"
            "  ce_id = e-1\n"
            "  ce_type = shop.OrderAccepted\n"
            "value     5 bytes\n"
            "  \\n\\x03o17\n");
}

TEST(DeadLetterText, tells_an_empty_key_and_value_from_none) {
  events::DeadLetter letter = letter_to_show();
  letter.record.key.reset();
  letter.record.value.reset();
  EXPECT_NE(letter_text(letter).find("key       none\n"), std::string::npos);
  EXPECT_NE(letter_text(letter).find("value     none\n"), std::string::npos);
  const boost::json::value without = letter_json(letter);
  EXPECT_TRUE(without.at("key_base64").is_null());
  EXPECT_TRUE(without.at("value_base64").is_null());
  letter.record.value = "";
  EXPECT_NE(letter_text(letter).find("value     0 bytes\n"), std::string::npos);
  EXPECT_EQ(letter_json(letter).at("value_base64").as_string(), "");
}

TEST(DeadLetterJson, has_the_bytes_and_where_they_are_text_the_text) {
  const boost::json::value shown = letter_json(letter_to_show());
  EXPECT_EQ(shown.at("id").as_string(), "0:17");
  EXPECT_EQ(shown.at("reason").as_string(), "failed");
  EXPECT_EQ(shown.at("attempts").to_number<int>(), 8);
  EXPECT_EQ(shown.at("topic").as_string(), "orders");
  EXPECT_EQ(shown.at("offset").as_int64(), 42);
  EXPECT_EQ(shown.at("key").as_string(), "o17");
  EXPECT_EQ(shown.at("key_base64").as_string(), "bzE3");
  EXPECT_TRUE(shown.at("value").is_null());
  EXPECT_EQ(shown.at("value_base64").as_string(), "CgNvMTc=");
  EXPECT_EQ(shown.at("headers").at("ce_type").as_string(), "shop.OrderAccepted");
  EXPECT_TRUE(shown.at("key_held").as_bool());
}

}  // namespace
}  // namespace skerry::cmd
