// SPDX-License-Identifier: Apache-2.0
#include "skerry/events/dead_letter.h"

#include <gtest/gtest.h>

namespace skerry::events {
namespace {

kafka::Record original() {
  return {.topic = "orders",
          .partition = 3,
          .offset = 17,
          .key = std::string("\x00\xff", 2),
          .value = "value",
          .headers = {{"ce_id", "e-1"}, {"x", "first"}, {"x", "second"}, {"dlq_custom", "of others"}},
          .timestamp = kafka::Timestamp(std::chrono::milliseconds(1'700'000'000'123))};
}

DeathCertificate certificate() {
  return {.reason = DeadReason::kFailed,
          .error = "INTERNAL: no luck",
          .attempts = 8,
          .position = position_of(original()),
          .timestamp = original().timestamp,
          .group = "payment",
          .died_at = *parse_time("2026-01-02T03:04:05.5Z"),
          .key_held = false};
}

/// The dead letter as it stands in its topic at an offset.
kafka::Record stored(std::int64_t offset) {
  kafka::Record record = bury(original(), certificate());
  record.partition = 0;
  record.offset = offset;
  return record;
}

TEST(DeadLetter, keeps_the_record_unchanged_and_says_how_it_died) {
  const auto letter = exhume(stored(4));
  ASSERT_TRUE(letter.has_value()) << letter.error().to_string();
  EXPECT_EQ(letter->partition, 0);
  EXPECT_EQ(letter->offset, 4);
  EXPECT_EQ(letter->death, certificate());
  EXPECT_EQ(letter->record, original());
}

TEST(DeadLetter, goes_to_the_topic_of_its_topic_and_group) {
  const kafka::Record record = bury(original(), certificate());
  EXPECT_EQ(record.topic, "orders.payment.dlq");
  EXPECT_EQ(record.key, original().key);
  EXPECT_EQ(*record.header("dlq_reason"), "failed");
  EXPECT_EQ(*record.header("dlq_offset"), "17");
  EXPECT_EQ(*record.header("dlq_attempts"), "8");
}

TEST(DeadLetter, keeps_the_difference_between_an_empty_and_an_absent_key_and_value) {
  kafka::Record record = original();
  record.key.reset();
  record.value.reset();
  const auto letter = exhume(bury(record, certificate()));
  EXPECT_EQ(letter->record.key, std::nullopt);
  EXPECT_EQ(letter->record.value, std::nullopt);
}

TEST(DeadLetter, cuts_an_error_that_is_too_long) {
  DeathCertificate death = certificate();
  death.error = std::string(kMaxDeathErrorBytes + 100, 'x');
  EXPECT_LE(exhume(bury(original(), death))->death.error.size(), kMaxDeathErrorBytes);
}

TEST(DeadLetter, is_refused_when_a_header_is_missing_or_damaged) {
  for (const char* name : {"dlq_reason", "dlq_error", "dlq_attempts", "dlq_topic", "dlq_partition", "dlq_offset",
                           "dlq_timestamp", "dlq_group", "dlq_died_at"}) {
    kafka::Record record = stored(0);
    std::erase_if(record.headers, [&](const kafka::Header& header) { return header.name == name; });
    const auto letter = exhume(record);
    ASSERT_FALSE(letter.has_value()) << name;
    EXPECT_NE(letter.error().message().find(name), std::string::npos);
  }
  kafka::Record record = stored(0);
  for (kafka::Header& header : record.headers) {
    if (header.name == "dlq_offset") header.value = "-1";
  }
  EXPECT_FALSE(exhume(record).has_value());
}

TEST(DeadLetter, goes_back_to_its_partition_as_it_was_and_names_the_group) {
  const kafka::Record back = redriven(*exhume(stored(4)));
  EXPECT_EQ(back.topic, "orders");
  EXPECT_EQ(back.partition, 3);
  EXPECT_EQ(back.key, original().key);
  EXPECT_EQ(back.value, original().value);
  EXPECT_EQ(back.timestamp, kafka::Timestamp());
  EXPECT_EQ(back.header("dlq_error"), nullptr);
  EXPECT_EQ(*back.header("dlq_custom"), "of others");
  const auto redrive = redrive_of(back);
  ASSERT_TRUE(redrive.has_value());
  const Redrive expected{.action = Redrive::Action::kHandle,
                         .group = "payment",
                         .died = {.topic = "orders", .partition = 3, .offset = 17}};
  EXPECT_EQ(*redrive, expected);
}

TEST(DeadLetter, that_dies_again_after_a_redrive_is_as_new) {
  kafka::Record back = redriven(*exhume(stored(4)));
  back.offset = 99;
  DeathCertificate again = certificate();
  again.position = position_of(back);
  const auto letter = exhume(bury(back, again));
  ASSERT_TRUE(letter.has_value());
  EXPECT_EQ(letter->death.position.offset, 99);
  EXPECT_EQ(letter->record.headers, original().headers);
}

TEST(DeadLetter, that_was_discarded_tells_its_subscribers) {
  const auto redrive = redrive_of(discarded(*exhume(stored(4))));
  ASSERT_TRUE(redrive.has_value() && redrive->has_value());
  EXPECT_EQ((*redrive)->action, Redrive::Action::kDiscard);
}

TEST(Redrive, is_absent_from_an_ordinary_record_and_refused_when_damaged) {
  EXPECT_EQ(redrive_of(original())->has_value(), false);
  kafka::Record back = redriven(*exhume(stored(4)));
  for (kafka::Header& header : back.headers) {
    if (header.name == "dlq_redrive") header.value = "explode";
  }
  EXPECT_FALSE(redrive_of(back).has_value());
  back = redriven(*exhume(stored(4)));
  std::erase_if(back.headers, [](const kafka::Header& header) { return header.name == "dlq_group"; });
  EXPECT_FALSE(redrive_of(back).has_value());
}

TEST(Resolution, stands_behind_the_letter_that_it_settles) {
  const kafka::Record record = resolution(*exhume(stored(4)), "discarded");
  EXPECT_EQ(record.topic, "orders.payment.dlq");
  EXPECT_EQ(record.partition, 0);
  EXPECT_EQ(resolved_offset(record), 4);
  EXPECT_EQ(resolved_offset(stored(4)), std::nullopt);
}

TEST(DeadReason, has_a_name_for_each) {
  for (const DeadReason reason : {DeadReason::kNotAnEvent, DeadReason::kUnknownType, DeadReason::kFailed,
                                  DeadReason::kPermanent, DeadReason::kHeld}) {
    EXPECT_EQ(parse_dead_reason(dead_reason_name(reason)), reason);
  }
  EXPECT_EQ(parse_dead_reason("boredom"), std::nullopt);
}

}  // namespace
}  // namespace skerry::events
